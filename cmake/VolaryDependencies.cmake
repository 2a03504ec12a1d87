# Third-party libraries, all from the system. Each is linked under one name, volary_dep::<name>, so that a module's
# CMakeLists says what it uses and this file alone says how that is found.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(pugixml REQUIRED)
find_package(glfw3 REQUIRED)
find_package(Vulkan REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_program(GLSLC glslc REQUIRED)

function(volary_dependency name)
  add_library(volary_dep_${name} INTERFACE)
  target_link_libraries(volary_dep_${name} INTERFACE ${ARGN})
  add_library(volary_dep::${name} ALIAS volary_dep_${name})
endfunction()

# Found by header and library name: packages whose CMake files differ between the systems that we build on.
function(volary_dependency_by_name name header library)
  find_path(VOLARY_${name}_INCLUDE ${header} PATH_SUFFIXES ${ARGN} REQUIRED)
  volary_dependency(${name})
  target_include_directories(volary_dep_${name} SYSTEM INTERFACE ${VOLARY_${name}_INCLUDE})
  if(library)
    find_library(VOLARY_${name}_LIBRARY ${library} REQUIRED)
    target_link_libraries(volary_dep_${name} INTERFACE ${VOLARY_${name}_LIBRARY})
  endif()
endfunction()

volary_dependency(threads Threads::Threads)
volary_dependency(fmt fmt::fmt)
volary_dependency(pugixml pugixml::pugixml)
volary_dependency(glfw glfw)
volary_dependency(vulkan Vulkan::Vulkan)
volary_dependency(png PNG::PNG)
volary_dependency(tiff TIFF::TIFF)
volary_dependency(json nlohmann_json::nlohmann_json)
volary_dependency(cli11 CLI11::CLI11)

volary_dependency(hdf5 ${HDF5_C_LIBRARIES})
target_include_directories(volary_dep_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
# Later versions give some functions more parameters unless told which version the caller was written for.
target_compile_definitions(volary_dep_hdf5 INTERFACE H5_USE_110_API)

volary_dependency_by_name(glm glm/glm.hpp "")
target_compile_definitions(volary_dep_glm INTERFACE GLM_FORCE_DEPTH_ZERO_TO_ONE GLM_ENABLE_EXPERIMENTAL
                                                    GLM_FORCE_EXPLICIT_CTOR)
volary_dependency_by_name(vma vk_mem_alloc.h "")
volary_dependency_by_name(deflate libdeflate.h deflate)
volary_dependency_by_name(lzf lzf.h lzf liblzf)
volary_dependency_by_name(blosc blosc.h blosc)
volary_dependency_by_name(bzip2 bzlib.h bz2)
volary_dependency_by_name(lz4 lz4.h lz4)
volary_dependency_by_name(xxhash xxhash.h "")
volary_dependency_by_name(xz lzma.h lzma)
volary_dependency_by_name(zstd zstd.h zstd)

pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
volary_dependency(imgui PkgConfig::IMGUI)

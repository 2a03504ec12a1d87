# How every target of the project is made: one place for warnings, sanitizers and include roots.

add_library(volary_options INTERFACE)
target_include_directories(volary_options INTERFACE ${CMAKE_SOURCE_DIR}/engine ${CMAKE_SOURCE_DIR}/shaders)
target_compile_options(volary_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                -Wno-missing-field-initializers)
# g++ 13 and 14 warn of every std::variant that is moved at -O3, g++ 12 with the sanitizers' checks in between.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (VOLARY_SANITIZE OR CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13))
  target_compile_options(volary_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(VOLARY_WERROR)
  target_compile_options(volary_options INTERFACE -Werror)
endif()
if(VOLARY_SANITIZE)
  target_compile_options(volary_options INTERFACE -fsanitize=${VOLARY_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_compile_definitions(volary_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(volary_options INTERFACE -fsanitize=${VOLARY_SANITIZE})
endif()
if(VOLARY_FUZZ)
  target_compile_options(volary_options INTERFACE -fsanitize=fuzzer-no-link)
  target_compile_definitions(volary_options INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
endif()

# With VOLARY_UNITY, files of one target that are compiled as one: as many as keep two cores busy to the end.
set(VOLARY_UNITY_FILES 8)
# The compiler takes a .cpp that is included for a header, and warns of its own types.
if(VOLARY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(volary_options INTERFACE -Wno-subobject-linkage)
endif()

# volary_unite(<target>): compiles several of its files at once, if VOLARY_UNITY says so.
function(volary_unite target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${VOLARY_UNITY} UNITY_BUILD_BATCH_SIZE ${VOLARY_UNITY_FILES})
endfunction()

# volary_precompiled(<name> <target>...): cmake/precompiled/<name>.h, compiled once with the usage requirements of the targets.
function(volary_precompiled name)
  if(NOT VOLARY_PRECOMPILE)
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/precompiled/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(volary_precompiled_${name} OBJECT ${source})
  target_link_libraries(volary_precompiled_${name} PRIVATE volary_options ${ARGN})
  target_precompile_headers(volary_precompiled_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.h)
  # ccache asks for it.
  target_compile_options(volary_precompiled_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# volary_use_precompiled(<target> <what it links>...): the header that has most of what these libraries bring.
function(volary_use_precompiled target)
  if(NOT VOLARY_PRECOMPILE)
    return()
  endif()
  set(name engine)
  if("Catch2::Catch2" IN_LIST ARGN OR "Catch2::Catch2WithMain" IN_LIST ARGN)
    set(name tests)
  elseif("volary_dep::cli11" IN_LIST ARGN OR "volary_command_options" IN_LIST ARGN)
    set(name command_line)
  elseif("volary_dep::json" IN_LIST ARGN)
    set(name json)
  endif()
  target_precompile_headers(${target} REUSE_FROM volary_precompiled_${name})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# volary_little_optimised(<target>): for code that parses and prints. Half of the time that a command takes to compile goes
# into optimising what CLI11 and the JSON library instantiate, which runs once.
function(volary_little_optimised target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# volary_add_library(<module> [OWN_FLAGS] SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
# One engine folder, or one folder of formats/, = one static library volary_<module>. OWN_FLAGS: its compiler's flags are not those that the
# precompiled headers were made with.
function(volary_add_library module)
  cmake_parse_arguments(ARG "OWN_FLAGS" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(volary_${module} STATIC ${ARG_SOURCES})
  target_link_libraries(volary_${module} PUBLIC volary_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  volary_unite(volary_${module})
  if(NOT ARG_OWN_FLAGS)
    volary_use_precompiled(volary_${module} ${ARG_PUBLIC} ${ARG_PRIVATE})
  endif()
endfunction()

# Seconds that a test may take on a loaded machine. A test that honestly takes longer says so by TIMEOUT.
set(VOLARY_TEST_TIMEOUT 120)
if(VOLARY_SANITIZE)
  set(VOLARY_TEST_TIMEOUT 600)
endif()

# volary_add_test(<name> [APART] SOURCES <file>... LINK <target>... LABELS <label>... [TIMEOUT <seconds>])
# A Catch2 executable test_<name>, built with the target <label>_tests of each of its labels (`cmake --build ... --target
# unit_tests`); each of its test cases is one CTest test. A case that calls SKIP is reported as skipped, one that asserts
# nothing fails. APART: its files have helpers of the same names, and are compiled one by one.
function(volary_add_test name)
  cmake_parse_arguments(ARG "APART" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    message(FATAL_ERROR "test ${name} needs a label")
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT ${VOLARY_TEST_TIMEOUT})
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE volary_options ${ARG_LINK} Catch2::Catch2WithMain)
  volary_use_precompiled(test_${name} Catch2::Catch2WithMain)
  if(NOT ARG_APART)
    volary_unite(test_${name})
  endif()
  foreach(label IN LISTS ARG_LABELS)
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests test_${name})
  endforeach()
  # Catch2's module drops the `;` of a property's value: two labels are one text here, which `ctest -L` finds each in.
  list(JOIN ARG_LABELS " " labels)
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST EXTRA_ARGS --warn NoAssertions
                       PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 4 TIMEOUT ${ARG_TIMEOUT})
endfunction()

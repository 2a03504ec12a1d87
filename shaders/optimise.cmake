# Takes work off the drivers, which inline all functions before anything else, and writes a shader as a list of words.
#
# Usage: cmake -D SPIRV_OPT=spirv-opt -D SPIRV=in.spv -D WORDS=out.inc -P optimise.cmake
#
# Of these passes none touches arithmetic, so that no picture changes. Loads and stores that these leave are left to the driver:
# values of its own form (--ssa-rewrite) cost Mesa more than they save.
set(passes --fold-spec-const-op-composite --ccp --eliminate-dead-branches --merge-blocks --inline-entry-points-exhaustive
           --eliminate-dead-functions --private-to-local --scalar-replacement=0 --eliminate-local-single-block
           --eliminate-local-single-store --ccp --eliminate-dead-branches --eliminate-dead-code-aggressive --merge-blocks)
# It validates as well, and tells which functions it can't inline: not of interest.
execute_process(COMMAND ${SPIRV_OPT} --scalar-block-layout ${passes} ${SPIRV} -o ${SPIRV}.optimised
                RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${SPIRV}: ${said}")
endif()
file(READ ${SPIRV}.optimised bytes HEX)
string(REGEX REPLACE "(..)(..)(..)(..)" "0x\\4\\3\\2\\1,\n" words "${bytes}")
file(WRITE ${WORDS} "${words}")

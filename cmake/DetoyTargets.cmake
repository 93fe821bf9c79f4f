# Targets of the project: one static library per folder of src/, its unit tests beside it.

add_library(detoy_flags INTERFACE)
target_compile_options(detoy_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror>
  # GCC 12 warns of std::string's own code (its bug 105651).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
  # Clang warns of what GCC 12's std::stable_sort uses.
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>)
target_include_directories(detoy_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
if(DETOY_SANITIZE)
  add_compile_options(-fsanitize=${DETOY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DETOY_SANITIZE})
endif()

# detoy_library(NAME [DEPENDS target...])
# Builds every .cc of the current folder that is no test into library NAME, and every *_test.cc into NAME_test.
function(detoy_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB all CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test(_support)?\\.cc$")
  list(FILTER all EXCLUDE REGEX "_test(_support)?\\.cc$")
  if(all)
    add_library(${name} STATIC ${all})
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} fmt::fmt PRIVATE detoy_flags)
    target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS} fmt::fmt)
    target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
  endif()
  if(DETOY_BUILD_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} detoy_flags GTest::gtest GTest::gtest_main)
    # What is tested is optimised; the tests themselves would take twice as long to compile.
    target_compile_options(${name}_test PRIVATE -O0)
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

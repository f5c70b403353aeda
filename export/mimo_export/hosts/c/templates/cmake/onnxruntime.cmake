# Finds onnxruntime: below ONNXRUNTIME_ROOT (a variable of CMake's or of the environment), where the
# system keeps it, and the library in Python's `onnxruntime` package too, which has no header.
set(Python3_FIND_STRATEGY LOCATION)
find_package(Python3 QUIET COMPONENTS Interpreter)
set(wheel "")
if(Python3_FOUND)
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" -c "import importlib.util as u; s = u.find_spec('onnxruntime'); print(s.submodule_search_locations[0] + '/capi' if s else '')"
    OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set(root "${ONNXRUNTIME_ROOT}")
if(NOT root)
  set(root "$ENV{ONNXRUNTIME_ROOT}")
endif()

find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h
  HINTS "${root}" PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session onnxruntime)
find_library(ONNXRUNTIME_LIBRARY onnxruntime HINTS "${root}" PATH_SUFFIXES lib lib64)
if(NOT ONNXRUNTIME_LIBRARY AND wheel)
  file(GLOB found "${wheel}/libonnxruntime.so.*")
  if(found)
    # The wheel's file is not called what programs look for.
    string(REGEX REPLACE ".*(libonnxruntime\\.so\\.[0-9]+).*" "\\1" soname "${found}")
    set(ONNXRUNTIME_LIBRARY "${CMAKE_BINARY_DIR}/${soname}")
    file(CREATE_LINK "${found}" "${ONNXRUNTIME_LIBRARY}" SYMBOLIC)
  endif()
endif()
if(NOT ONNXRUNTIME_INCLUDE_DIR)
  message(FATAL_ERROR "there is no onnxruntime_c_api.h; install libonnxruntime-dev (Debian 13), or "
    "unpack a release of onnxruntime and set ONNXRUNTIME_ROOT to its folder")
endif()
if(NOT ONNXRUNTIME_LIBRARY)
  message(FATAL_ERROR "there is no onnxruntime library; `python3 -m pip install onnxruntime` brings "
    "one, or set ONNXRUNTIME_ROOT to the folder of a release")
endif()

add_library(runtime INTERFACE)
target_include_directories(runtime SYSTEM INTERFACE "${ONNXRUNTIME_INCLUDE_DIR}")
target_link_libraries(runtime INTERFACE "${ONNXRUNTIME_LIBRARY}")

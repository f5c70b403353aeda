# Finds TensorFlow's C API: below TENSORFLOW_ROOT (a variable of CMake's or of the environment), else
# in Python's `tensorflow` package, which has the headers and the libraries.
set(Python3_FIND_STRATEGY LOCATION)
find_package(Python3 QUIET COMPONENTS Interpreter)
set(root "${TENSORFLOW_ROOT}")
if(NOT root)
  set(root "$ENV{TENSORFLOW_ROOT}")
endif()
if(NOT root AND Python3_FOUND)
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" -c "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

find_path(TENSORFLOW_INCLUDE_DIR tensorflow/c/c_api.h HINTS "${root}" PATH_SUFFIXES include)
find_library(TENSORFLOW_LIBRARY NAMES tensorflow libtensorflow_cc.so.2 HINTS "${root}" PATH_SUFFIXES lib)
find_library(TENSORFLOW_FRAMEWORK_LIBRARY NAMES tensorflow_framework libtensorflow_framework.so.2
  HINTS "${root}" PATH_SUFFIXES lib)
if(NOT TENSORFLOW_INCLUDE_DIR OR NOT TENSORFLOW_LIBRARY OR NOT TENSORFLOW_FRAMEWORK_LIBRARY)
  message(FATAL_ERROR "there is no TensorFlow; `python3 -m pip install tensorflow-cpu` brings headers "
    "and libraries, or set TENSORFLOW_ROOT to the folder of libtensorflow")
endif()

add_library(runtime INTERFACE)
target_include_directories(runtime SYSTEM INTERFACE "${TENSORFLOW_INCLUDE_DIR}")
target_link_libraries(runtime INTERFACE "${TENSORFLOW_LIBRARY}" "${TENSORFLOW_FRAMEWORK_LIBRARY}")

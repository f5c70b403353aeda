# Finds OpenVINO: below OpenVINO_DIR, where the system keeps it, or in Python's `openvino` package,
# which has the headers, the libraries and their CMake configuration.
set(Python3_FIND_STRATEGY LOCATION)
find_package(Python3 QUIET COMPONENTS Interpreter)
set(wheel "")
if(Python3_FOUND)
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" -c "import importlib.util as u; s = u.find_spec('openvino'); print(s.submodule_search_locations[0] + '/cmake' if s else '')"
    OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
find_package(OpenVINO QUIET COMPONENTS Runtime HINTS "${wheel}")
if(NOT OpenVINO_FOUND)
  message(FATAL_ERROR "there is no OpenVINO; `python3 -m pip install --no-deps openvino` brings headers "
    "and libraries, or set OpenVINO_DIR to the folder of OpenVINOConfig.cmake")
endif()

add_library(runtime INTERFACE)
target_link_libraries(runtime INTERFACE openvino::runtime)

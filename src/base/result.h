// How the project reports errors: as values of one type, never as exceptions across a library's boundary.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace detoy {

// Decides the exit status that a command ends with (docs/exit-status.md).
enum class ErrorCategory {
  usage,        // arguments or configuration are wrong: exit 2
  input,        // nothing could be read: exit 3
  io,           // a file or folder could not be read or written
  conflict,     // what is stored does not allow it: somebody else was first, or it is not in that state
  stale,        // a conflict: what is stored has another version than the caller said
  unavailable,  // the store cannot be reached or is too busy: trying again may help
  internal,     // a defect of detoy
};

struct Error {
  ErrorCategory category;
  std::string message;  // one line for people; names the file where there is one
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCategory category, std::string message) {
  return std::unexpected<Error>(Error{category, std::move(message)});
}

}  // namespace detoy

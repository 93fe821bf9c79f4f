// The command line: verbs, their options, and the exit statuses of docs/exit-status.md.
#pragma once

namespace detoy::cli {

enum ExitStatus : int {
  exit_done = 0,
  exit_found = 1,    // --fail-on: a toy of that risk or higher stands
  exit_usage = 2,    // arguments or configuration are wrong
  exit_no_input = 3  // nothing could be read
};

// Runs detoy with the arguments of main(). Never throws.
int run(int argc, char** argv);

}  // namespace detoy::cli

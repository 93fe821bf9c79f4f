#include "cli/command_line.h"

int main(int argc, char** argv) {
  return detoy::cli::run(argc, argv);
}

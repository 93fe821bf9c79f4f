#include "cli/scan.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "cli/command_line.h"
#include "cli/scan_pipeline.h"
#include "facts/facts_cache.h"
#include "inventory/json.h"
#include "report/explain.h"
#include "report/markdown.h"
#include "report/text.h"

namespace detoy::cli {
namespace {

int complain(const Error& error) {
  fmt::print(stderr, "detoy: {}\n", error.message);
  return error.category == ErrorCategory::input || error.category == ErrorCategory::io ? exit_no_input : exit_usage;
}

report::TextOptions text_options(const ScanOptions& options) {
  report::TextOptions text;
  text.all = options.all;
  text.width = 100;
  const bool terminal = options.output.empty() && ::isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  text.colour = terminal && (no_colour == nullptr || no_colour[0] == '\0') &&
                (term == nullptr || std::string_view(term) != "dumb");
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60) {
    text.width = size.ws_col < 120 ? size.ws_col : 120;
  }
  return text;
}

Result<void> deliver(const ScanOptions& options, const std::string& text) {
  std::FILE* out = stdout;
  if (!options.output.empty()) {
    out = std::fopen(options.output.c_str(), "wb");
    if (out == nullptr) return fail(ErrorCategory::usage, options.output + ": cannot be written");
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  const bool closed = out == stdout || std::fclose(out) == 0;
  if (!written || !closed) {
    return fail(ErrorCategory::usage,
                (options.output.empty() ? "standard output" : options.output) + ": cannot be written");
  }
  return {};
}

bool toy_stands(const inventory::Inventory& inventory, inventory::Risk least) {
  for (const inventory::Site& site : inventory.sites) {
    if (site.verdict == inventory::Verdict::toy && site.accepted_because.empty() &&
        site.wired != inventory::Wiring::unused && site.risk >= least) {
      return true;
    }
  }
  return false;
}

}  // namespace

CLI::App* add_scan(CLI::App& app, ScanOptions& options) {
  CLI::App* scan = app.add_subcommand("scan", "Find the state that would not survive a restart or a second instance");
  scan->add_option("PATH", options.path, "Folder (or file) to scan")->capture_default_str();
  scan->add_option("--format", options.format, "What to print")
      ->check(CLI::IsMember({"text", "json", "markdown"}))
      ->capture_default_str();
  scan->add_option("-o,--output", options.output, "Write to this file instead of standard output");
  scan->add_flag("--all", options.all, "Also show what is acceptable or suppressed");
  scan->add_option("--explain", options.explain, "Tell all that is known of the site with this id")->type_name("ID");
  scan->add_option("--fail-on", options.fail_on, "Exit with 1 if a toy of this risk or higher stands")
      ->check(CLI::IsMember({"low", "medium", "high", "critical"}));
  scan->add_option("--config", options.config, "Configuration file (default: detoy.yaml in PATH)")->type_name("FILE");
  scan->add_option("--threads", options.threads, "Threads to read files with (default: one per core)")
      ->check(CLI::Range(1, 256));
  scan->add_flag("--no-cache", options.no_cache, "Read every file anew and keep nothing");
  scan->add_option("--cache-folder", options.cache_folder, "Where facts are kept between runs")->type_name("FOLDER");
  return scan;
}

int run_scan(const ScanOptions& options) {
  PipelineOptions pipeline;
  pipeline.path = options.path;
  pipeline.config = options.config;
  pipeline.threads = options.threads;
  if (!options.no_cache) {
    pipeline.cache_folder = options.cache_folder.empty() ? facts::default_cache_folder() : options.cache_folder;
  }
  const Result<inventory::Inventory> inventory = scan_folder(pipeline);
  if (!inventory) return complain(inventory.error());

  std::string text;
  if (!options.explain.empty()) {
    const Result<std::string> story = report::explain(*inventory, options.explain, text_options(options));
    if (!story) return complain(story.error());
    text = *story;
  } else if (options.format == "json") {
    text = inventory::to_json(*inventory);
  } else if (options.format == "markdown") {
    text = report::to_markdown(*inventory);
  } else {
    text = report::to_text(*inventory, text_options(options));
  }
  if (const Result<void> delivered = deliver(options, text); !delivered) return complain(delivered.error());

  for (const auto& [name, risk] :
       {std::pair{"low", inventory::Risk::low}, std::pair{"medium", inventory::Risk::medium},
        std::pair{"high", inventory::Risk::high}, std::pair{"critical", inventory::Risk::critical}}) {
    if (options.fail_on == name && toy_stands(*inventory, risk)) return exit_found;
  }
  return exit_done;
}

}  // namespace detoy::cli

// Compares a whole scan with its floor: parsing the same files with tree-sitter on the same cores, in one run.
//
//   scan_bench PATH [ROUNDS]
//
// Prints the best of ROUNDS (default 5) of each, interleaved, and the ratios. Times on a shared machine mean little;
// the ratios are what docs/performance.md promises.

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/parallel.h"
#include "cli/scan_pipeline.h"
#include "source/source.h"
#include "syntax/front_end.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const auto& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Volume {
  std::size_t files = 0;
  std::size_t bytes = 0;
};

// Walks, reads and parses what a scan would parse, and drops the trees.
Volume parse_only(const std::string& path) {
  using namespace detoy;
  const Result<source::Source> source = source::open_folder(path, {});
  if (!source) return {};
  std::atomic<std::size_t> bytes = 0;
  std::atomic<std::size_t> files = 0;
  parallel_for(source->tree.files.size(), 0, [&] {
    return [&, parser = std::make_unique<syntax::Parser>()](std::size_t i) {
      const source::File& file = source->tree.files[i];
      if (file.role == source::Role::generated || file.role == source::Role::declaration ||
          file.role == source::Role::ui || file.role == source::Role::test) {
        return;
      }
      const Result<std::string> text = source->store->read(file.path);
      const syntax::FrontEnd* front = syntax::front_end(file.language);
      if (!text || front == nullptr) return;
      parser->parse_only(*front, *text);
      bytes += text->size();
      ++files;
    };
  });
  return {files, bytes};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: scan_bench PATH [ROUNDS]\n");
    return 2;
  }
  const std::string path = argv[1];
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  std::string cache = (std::filesystem::temp_directory_path() / "detoy-bench-XXXXXX").string();
  if (::mkdtemp(cache.data()) == nullptr) return 1;

  Volume volume;
  double parse = 1e9;
  double cold = 1e9;
  double warm = 1e9;
  for (int round = 0; round < rounds; ++round) {
    parse = std::min(parse, seconds_of([&] { volume = parse_only(path); }));
    std::filesystem::remove_all(cache);
    const detoy::cli::PipelineOptions options{path, {}, cache, 0};
    bool good = true;
    cold = std::min(cold, seconds_of([&] { good = detoy::cli::scan_folder(options).has_value() && good; }));
    warm = std::min(warm, seconds_of([&] { good = detoy::cli::scan_folder(options).has_value() && good; }));
    if (!good) {
      fmt::print(stderr, "scan_bench: {} cannot be scanned\n", path);
      return 1;
    }
  }
  std::filesystem::remove_all(cache);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("{} files, {:.1f} MB, best of {}\n", volume.files, static_cast<double>(volume.bytes) / 1e6, rounds);
  fmt::print("parse only   {:8.1f} ms\n", parse * 1e3);
  fmt::print("cold scan    {:8.1f} ms   {:.2f} of parse only\n", cold * 1e3, cold / parse);
  fmt::print("re-scan      {:8.1f} ms   {:.2f} of cold\n", warm * 1e3, warm / cold);
  fmt::print("peak memory  {:8.1f} MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

#include "syntax/extract.h"

#include <fmt/format.h>

#include "base/parallel.h"
#include "syntax/facts_builder.h"
#include "syntax/front_end.h"

namespace detoy::syntax {
namespace {

// Facts of these roles say nothing that the analysis uses.
bool worth_parsing(source::Role role) {
  return role != source::Role::generated && role != source::Role::declaration && role != source::Role::ui &&
         role != source::Role::test;
}

}  // namespace

std::vector<ExtractedFile> extract(const source::Source& source, facts::FactsCache& cache, unsigned threads,
                                   std::atomic<std::size_t>* done) {
  std::vector<ExtractedFile> results(source.tree.files.size());
  parallel_for(results.size(), threads, [&] {
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): the worker owns them
    return [&, parser = std::make_unique<Parser>(), tree = std::make_unique<Tree>()](std::size_t i) {
      const source::File& file = source.tree.files[i];
      ExtractedFile& result = results[i];
      const auto warn = [&](std::uint32_t line, std::string message) {
        result.warnings.push_back({file.path, line, std::move(message)});
      };
      result.role = file.role;
      if (done != nullptr) ++*done;
      if (!worth_parsing(file.role)) {
        result.readable = true;
        return;
      }
      const Result<std::string> text = source.store->read(file.path);
      if (!text.has_value()) {
        warn(0, text.error().message);
        return;
      }
      result.readable = true;
      result.role = source::role_from_content(*text, file.role);
      const FrontEnd* front = front_end(file.language);
      if (front == nullptr || !worth_parsing(result.role)) return;
      if (text->find('\0') != std::string::npos) {
        warn(0, "contains NUL bytes and is not read as source code");
        return;
      }
      auto facts = std::make_unique<facts::FileFacts>();
      result.content = facts::content_key(*text, file.language);
      if (!cache.find(result.content, *facts)) {
        if (!parser->parse(*front, *text, *tree)) {
          warn(0, "its syntax is too broken to be read in reasonable time");
          return;
        }
        *facts = build_facts(*tree, file.language);
        cache.put(result.content, *facts);
      }
      if (facts->errors > 0) {
        warn(facts->first_error_line, fmt::format("syntax not understood in {} place{}; the rest of the file was read",
                                                  facts->errors, facts->errors == 1 ? "" : "s"));
      }
      if (facts->too_deep) warn(0, "nested too deeply in places; those were left out");
      result.facts = std::move(facts);
    };
  });
  return results;
}

}  // namespace detoy::syntax

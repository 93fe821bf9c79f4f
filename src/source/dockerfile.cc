#include "source/dockerfile.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "source/command_line.h"
#include "source/text_lines.h"

namespace detoy::source {
namespace {

struct Instruction {
  std::string name;  // upper case
  std::string arguments;
  std::uint32_t line;
};

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

// Joins continued lines; comments between them are dropped, as Docker does.
std::vector<Instruction> split_instructions(std::string_view text) {
  std::vector<Instruction> instructions;
  std::string logical;
  std::uint32_t begin = 0;
  std::uint32_t number = 0;
  const auto finish = [&] {
    const auto line = trimmed_text(logical);
    const auto space = line.find_first_of(" \t");
    if (!line.empty() && space != std::string_view::npos) {
      instructions.push_back({upper(line.substr(0, space)), std::string(trimmed_text(line.substr(space))), begin});
    }
    logical.clear();
  };
  each_line(text, [&](std::string_view line) {
    ++number;
    if (line.empty() || line.starts_with('#')) return;
    if (logical.empty()) begin = number;
    const bool continued = line.ends_with('\\');
    if (continued) line.remove_suffix(1);
    logical += line;
    logical += ' ';
    if (!continued) finish();
  });
  finish();
  return instructions;
}

std::optional<std::vector<std::string>> exec_form(std::string_view arguments) {
  if (!arguments.starts_with('[')) return std::nullopt;
  const auto value = nlohmann::json::parse(arguments, nullptr, false);
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> words;
  for (const auto& word : value) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

void add_environment(Dockerfile& dockerfile, const Instruction& instruction) {
  const auto& text = instruction.arguments;
  const auto name_end = text.find_first_of("= \t");
  if (name_end == std::string::npos) return;
  if (text[name_end] != '=') {  // the old form: ENV NAME the whole rest
    dockerfile.environment.push_back(
        {text.substr(0, name_end), std::string(trimmed_text(text.substr(name_end))), instruction.line});
    return;
  }
  for (const auto& words : split_commands(text)) {
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos || equals == 0) continue;
      dockerfile.environment.push_back({word.substr(0, equals), word.substr(equals + 1), instruction.line});
    }
  }
}

// What ENTRYPOINT or CMD says; the last one of each counts.
struct Command {
  std::vector<std::string> words;
  std::string shell;

  void set(std::string_view arguments) {
    auto exec = exec_form(arguments);
    words = exec ? std::move(*exec) : std::vector<std::string>();
    shell = exec ? std::string() : std::string(arguments);
  }
};

}  // namespace

Dockerfile parse_dockerfile(std::string_view text) {
  Dockerfile dockerfile;
  Command entry;
  Command command;
  for (const auto& instruction : split_instructions(text)) {
    if (instruction.name == "FROM") {
      entry = {};
      command = {};
    } else if (instruction.name == "ENV") {
      add_environment(dockerfile, instruction);
    } else if (instruction.name == "ENTRYPOINT") {
      entry.set(instruction.arguments);
    } else if (instruction.name == "CMD") {
      command.set(instruction.arguments);
    }
  }
  // CMD's words are the entry point's arguments.
  dockerfile.command = std::move(entry.words);
  dockerfile.command.insert(dockerfile.command.end(), command.words.begin(), command.words.end());
  dockerfile.shell_command = entry.shell.empty() ? command.shell : entry.shell;
  return dockerfile;
}

}  // namespace detoy::source

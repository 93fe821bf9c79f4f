// The engine that a URL names.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// What names an engine, for people, and whether a text is of that form.
inline constexpr std::string_view engine_url_form = "sqlite:PATH or postgres://USER@HOST/DATABASE";
bool is_engine_url(const std::string& text);

// sqlite:PATH or postgres://... (also postgresql://). Errors of category usage name what may stand there, and never
// show the URL, which may hold a password.
Result<std::unique_ptr<Engine>> open_engine(const std::string& url);

// The same for work that may take hours, such as a change of the schema that copies a table: its statements are not
// ended as those of calls are. One unit of work at a time.
Result<std::unique_ptr<Engine>> open_patient_engine(const std::string& url);

}  // namespace detoy::foundation

#include "analysis/settings.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

// "NAME", or "NAME=default", that the value of variable `x` depends on.
std::string setting_of(const std::string& path, const std::string& text, const char* variable = "x") {
  const TestProgram p = program_of({{path, text}});
  const FileId file = p.file(path);
  const Setting setting = p.settings.of_value(file, p.program.declaration(p.declaration(path, variable)).initial);
  return setting.name + (setting.has_default ? "=" + setting.default_value : "");
}

// The setting that decides whether the call of `make` runs.
std::string setting_around(const std::string& path, const std::string& text) {
  const TestProgram p = program_of({{path, text}});
  facts::Index found = 0;
  const Setting setting = p.settings.of_branch(p.file(path), p.program.call(p.call(path, "make")).branch, &found);
  EXPECT_EQ(setting.name.empty(), found == 0);
  return setting.name + (setting.has_default ? "=" + setting.default_value : "");
}

TEST(Settings, EnvironmentOfScripts) {
  EXPECT_EQ(setting_of("a.ts", "const x = process.env.REDIS_URL;"), "REDIS_URL");
  EXPECT_EQ(setting_of("a.ts", "const x = process.env['REDIS_URL'];"), "REDIS_URL");
  EXPECT_EQ(setting_of("a.ts", "const x = process.env.BACKEND ?? 'memory';"), "BACKEND=memory");
  EXPECT_EQ(setting_of("a.ts", "const x = process.env.BACKEND || 'memory';"), "BACKEND=memory");
  EXPECT_EQ(setting_of("a.ts", "const x = Number(process.env.LIMIT || 10);"), "LIMIT=10");
}

TEST(Settings, EnvironmentOfPython) {
  EXPECT_EQ(setting_of("a.py", "x = os.environ['REDIS_URL']\n"), "REDIS_URL");
  EXPECT_EQ(setting_of("a.py", "import os\nx = os.getenv('BACKEND', 'memory')\n"), "BACKEND=memory");
  EXPECT_EQ(setting_of("a.py", "import os\nx = os.environ.get('BACKEND', 'memory')\n"), "BACKEND=memory");
  EXPECT_EQ(setting_of("a.py", "import os\nx = os.getenv('BACKEND') or 'memory'\n"), "BACKEND=memory");
}

TEST(Settings, ReadersOfPythonWithDefaults) {
  EXPECT_EQ(setting_of("a.py", "import environ\nenv = environ.Env()\nx = env.bool('ASYNC', default=True)\n"),
            "ASYNC=true");
  EXPECT_EQ(setting_of("a.py", "import environ\nenv = environ.Env(DEBUG=(bool, False))\nx = env('DEBUG')\n"),
            "DEBUG=false");
  EXPECT_EQ(setting_of("a.py", "from decouple import config\nx = config('BACKEND', default='memory')\n"),
            "BACKEND=memory");
  EXPECT_EQ(setting_of("a.py", "from helpers import bool_from_env\nx = bool_from_env('ASYNC')\n"), "ASYNC");
}

TEST(Settings, AttributesOfSettingsClasses) {
  const std::string settings =
      "from pydantic_settings import BaseSettings\n"
      "class Settings(BaseSettings):\n    log_file: str = 'app.log'\n"
      "settings = Settings()\n";
  EXPECT_EQ(setting_of("a.py", settings + "x = settings.log_file\n"), "log_file=app.log");
}

TEST(Settings, WhetherAPathExistsIsNoSetting) {
  EXPECT_EQ(setting_of("a.py", "import os\nx = os.path.exists(settings.LOG_FILE)\n"), "");
  EXPECT_EQ(setting_of("a.py", "from pathlib import Path\nx = Path(settings.LOG_FILE).exists()\n"), "");
  EXPECT_EQ(setting_around("a.py", "def f(path=None):\n    if path is not None:\n        make()\n"), "");
}

TEST(Settings, EnvironmentOfRust) {
  EXPECT_EQ(setting_of("src/main.rs", "use std::env;\nfn main() { let x = env::var(\"REDIS_URL\"); }"), "REDIS_URL");
  EXPECT_EQ(setting_of("src/main.rs", "fn main() { let x = std::env::var(\"BACKEND\").unwrap_or_default(); }"),
            "BACKEND");
}

TEST(Settings, ConfigurationObjects) {
  EXPECT_EQ(setting_of("a.ts", "const x = config.storage.backend;"), "storage.backend");
  EXPECT_EQ(setting_of("a.ts", "const x = config.get('storage.backend', 'memory');"), "storage.backend=memory");
  EXPECT_EQ(setting_of("a.ts",
                       "class A { constructor(private configService: ConfigService) {} m() { const x = "
                       "this.configService.get<string>('CACHE'); } }"),
            "CACHE");
  EXPECT_EQ(setting_of("a.py", "x = settings.CACHE_BACKEND\n"), "CACHE_BACKEND");
  EXPECT_EQ(setting_of("src/main.rs", "fn f(config: Config) { let x = config.storage.backend; }"), "storage.backend");
}

TEST(Settings, LocalNamesStandForWhatTheyWereGiven) {
  EXPECT_EQ(setting_of("a.ts", "const url = process.env.REDIS_URL;\nconst x = !!url;"), "REDIS_URL");
  EXPECT_EQ(setting_of("a.py", "import os\nbackend = os.getenv('BACKEND', 'memory')\nx = backend == 'redis'\n"),
            "BACKEND=memory");
  EXPECT_EQ(setting_of("src/main.rs", "fn f(config: Config) { let use_redis = config.use_redis; let x = use_redis; }"),
            "use_redis");
}

TEST(Settings, CallsAroundASettingAreSeenThrough) {
  EXPECT_EQ(
      setting_of("src/main.rs",
                 "fn f(config: Config) { let x = Backend::from_str(&config.backend).unwrap_or(Backend::Memory); }"),
      "backend");
  EXPECT_EQ(setting_of("a.ts", "const x = parseBool(process.env.USE_REDIS);"), "USE_REDIS");
}

TEST(Settings, OtherValuesDependOnNone) {
  EXPECT_EQ(setting_of("a.ts", "const x = compute(1);"), "");
  EXPECT_EQ(setting_of("a.ts", "const x = request.body.kind;"), "");
  EXPECT_EQ(setting_of("a.ts", "const x = 'REDIS_URL';"), "");
  EXPECT_EQ(setting_of("a.ts", "const x = y;\nconst y = x;"), "");
}

TEST(Settings, BranchAsksForItsCondition) {
  EXPECT_EQ(setting_around("a.ts", "if (process.env.REDIS_URL) { make(); }"), "REDIS_URL");
  EXPECT_EQ(setting_around("a.ts", "if (process.env.REDIS_URL) { other(); } else { make(); }"), "REDIS_URL");
  EXPECT_EQ(setting_around("a.ts", "const x = process.env.BACKEND === 'redis' ? other() : make();"), "BACKEND");
  EXPECT_EQ(setting_around("a.ts", "switch (config.backend) { case 'memory': make(); }"), "backend");
  EXPECT_EQ(setting_around("a.ts", "function f() { if (process.env.REDIS_URL) { return other(); }\n return make(); }"),
            "REDIS_URL");
  EXPECT_EQ(setting_around("src/main.rs",
                           "fn f(config: Config) { match config.backend { Backend::Memory => make(), _ => other() } }"),
            "backend");
}

TEST(Settings, InnermostConditionThatAsksForASettingDecides) {
  EXPECT_EQ(setting_around("a.ts", "if (process.env.OUTER) { if (process.env.INNER) { if (ready()) { make(); } } }"),
            "INNER");
  EXPECT_EQ(setting_around("a.ts", "if (ready()) { make(); }"), "");
  EXPECT_EQ(setting_around("a.ts", "while (process.env.LOOPS) { make(); }"), "");
}

}  // namespace
}  // namespace detoy::analysis

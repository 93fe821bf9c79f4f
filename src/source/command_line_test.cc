#include "source/command_line.h"

#include <gtest/gtest.h>

namespace detoy::source {
namespace {

using Names = std::vector<std::string>;

std::vector<File> files_of(const Names& paths) {
  std::vector<File> files(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) files[i].path = paths[i];
  return files;
}

Started start(std::string_view line, const Names& paths, std::string_view folder = "") {
  const auto files = files_of(paths);
  return what_starts(line, folder, FileIndex(files));
}

TEST(CommandLine, SplitsIntoCommandsAndWords) {
  const auto commands = split_commands("A=1 tsc && node 'a b.js' \"c\\\"d\" ; x | y");
  ASSERT_EQ(commands.size(), 4u);
  EXPECT_EQ(commands[0], (Words{"A=1", "tsc"}));
  EXPECT_EQ(commands[1], (Words{"node", "a b.js", "c\"d"}));
}

TEST(CommandLine, NodeScriptsLeadToTheirSources) {
  EXPECT_EQ(start("node dist/main.js", {"src/main.ts"}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("node dist/main", {"src/main.ts"}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("node build/src/server.js", {"src/server.ts"}).files, Names{"src/server.ts"});
  EXPECT_EQ(start("node dist/apps/api/main.js", {"apps/api/src/main.ts"}).files, Names{"apps/api/src/main.ts"});
  EXPECT_EQ(start("node -r dotenv/config server.js", {"server.js"}).files, Names{"server.js"});
  EXPECT_EQ(start("nodemon server.js", {"server.js"}).files, Names{"server.js"});
  EXPECT_EQ(start("node .", {"index.js"}).files, Names{"index.js"});
  EXPECT_EQ(start("node ./x.js", {}, "svc").files, Names{"svc/x.js"});
}

TEST(CommandLine, TypeScriptRunners) {
  EXPECT_EQ(start("tsx watch src/index.ts", {"src/index.ts"}).files, Names{"src/index.ts"});
  EXPECT_EQ(start("npx ts-node -r tsconfig-paths/register src/main.ts", {}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("nodemon --exec \"ts-node src/main.ts\"", {"src/main.ts"}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("bun run src/x.ts", {"src/x.ts"}).files, Names{"src/x.ts"});
  EXPECT_EQ(start("nest start --watch", {"src/main.ts"}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("nest start api", {"apps/api/src/main.ts"}).files, Names{"apps/api/src/main.ts"});
  EXPECT_EQ(start("dotenv -e .env -- tsx src/a.ts", {}).files, Names{"src/a.ts"});
  EXPECT_EQ(start("concurrently \"tsc -w\" \"node dist/a.js\"", {"src/a.ts"}).files, Names{"src/a.ts"});
}

TEST(CommandLine, PythonServers) {
  EXPECT_EQ(start("uvicorn app.main:app --host 0.0.0.0 --port 80", {"app/main.py"}).files, Names{"app/main.py"});
  EXPECT_EQ(start("poetry run uvicorn app.main:app", {"src/app/main.py"}).files, Names{"src/app/main.py"});
  EXPECT_EQ(start("gunicorn -w 4 -k uvicorn.workers.UvicornWorker -b 0.0.0.0:80 proj.wsgi", {}).files,
            Names{"proj/wsgi.py"});
  EXPECT_EQ(start("python -m app.worker", {"app/worker/__main__.py"}).files, Names{"app/worker/__main__.py"});
  EXPECT_EQ(start("python3 -u run.py", {"run.py"}).files, Names{"run.py"});
  EXPECT_EQ(start("flask --app web run", {"web/__init__.py"}).files, Names{"web/__init__.py"});
  EXPECT_EQ(start("celery -A proj worker", {"proj/__init__.py", "proj/celery.py"}).files, Names{"proj/celery.py"});
  EXPECT_EQ(start("python -m uvicorn main:app", {"main.py"}).files, Names{"main.py"});
}

TEST(CommandLine, ContainerPathsAreFoundByTheirLastParts) {
  EXPECT_EQ(start("/app/.venv/bin/fastapi run /srv/app/pkg/main.py", {"pkg/main.py"}).files, Names{"pkg/main.py"});
  EXPECT_EQ(start("node /usr/src/app/dist/main.js", {"src/main.ts"}).files, Names{"src/main.ts"});
  EXPECT_EQ(start("sh -c 'migrate && exec node dist/main.js'", {"src/main.ts"}).files, Names{"src/main.ts"});
}

TEST(CommandLine, BuildingAndDelegatingRunNothing) {
  for (const auto* line :
       {"tsc --watch", "turbo run dev", "pnpm -r start:dev", "npm run build", "vite build", "jest"}) {
    EXPECT_FALSE(start(line, {}).runs) << line;
  }
  for (const auto* line : {"next start", "npm run start:prod", "./gateway serve", "tsc && node a.js", "yarn dev"}) {
    EXPECT_TRUE(start(line, {}).runs) << line;
  }
}

}  // namespace
}  // namespace detoy::source

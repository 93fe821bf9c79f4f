// The programs and options that tell what a command line starts.
#pragma once

#include <array>
#include <string_view>

namespace detoy::source {

// Programs that run a script given as an argument.
inline constexpr auto kScriptRunners = std::to_array<std::string_view>(
    {"node", "nodejs", "ts-node", "ts-node-dev", "ts-node-esm", "tsnd", "tsx", "nodemon", "bun", "deno", "pm2",
     "pm2-runtime", "babel-node", "swc-node", "esno", "vite-node", "supervisor", "forever"});

// Options of those that take the next word.
inline constexpr auto kOptionsWithValue = std::to_array<std::string_view>(
    {"-r", "--require", "--loader", "--import", "-P", "--project", "--watch", "-w", "--ext", "-e", "--env-file",
     "--name", "-n", "--tsconfig", "-i", "--instances", "--signal"});

// Programs that serve a Python application given as "module:object".
inline constexpr auto kPythonServers = std::to_array<std::string_view>(
    {"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "uwsgi"});

inline constexpr auto kPythons =
    std::to_array<std::string_view>({"python", "python3", "pypy", "pypy3", "fastapi", "streamlit"});

// Programs that build, check or delegate: a script that only calls these runs nothing of its own.
inline constexpr auto kBuilders = std::to_array<std::string_view>({"tsc",         "tsup",
                                                                   "rollup",      "webpack",
                                                                   "esbuild",     "swc",
                                                                   "babel",       "jest",
                                                                   "vitest",      "mocha",
                                                                   "turbo",       "nx",
                                                                   "lerna",       "eslint",
                                                                   "prettier",    "rimraf",
                                                                   "rm",          "cp",
                                                                   "mkdir",       "echo",
                                                                   "storybook",   "start-storybook",
                                                                   "prisma",      "husky",
                                                                   "wait-on",     "unbuild",
                                                                   "ng-packagr",  "tsdown",
                                                                   "pkgroll",     "cd",
                                                                   "export",      "sleep",
                                                                   "true",        "exit",
                                                                   "tailwindcss", "copyfiles",
                                                                   "microbundle"});

// Words in front of the command proper.
inline constexpr auto kPrefixes =
    std::to_array<std::string_view>({"npx", "cross-env", "env", "exec", "dotenv", "pnpx", "bunx", "sudo", "tini",
                                     "dumb-init", "gosu", "time", "dotenvx", "--", "env-cmd"});

inline constexpr auto kPackageManagers = std::to_array<std::string_view>({"npm", "pnpm", "yarn", "bun"});

}  // namespace detoy::source

#include "source/frameworks.h"

#include <algorithm>
#include <array>

namespace detoy::source {
namespace {

// A name that ends in '/' stands for a whole scope.
template <std::size_t size>
bool lists(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](std::string_view known) {
    return known.ends_with('/') ? name.starts_with(known) : name == known;
  });
}

constexpr auto kUi = std::to_array<std::string_view>({"react",
                                                      "react-dom",
                                                      "react-native",
                                                      "expo",
                                                      "@tauri-apps/",
                                                      "electron",
                                                      "vue",
                                                      "svelte",
                                                      "@angular/core",
                                                      "solid-js",
                                                      "preact",
                                                      "lit",
                                                      "@ionic/",
                                                      "@mui/",
                                                      "@chakra-ui/",
                                                      "@radix-ui/",
                                                      "@heroicons/",
                                                      "@headlessui/",
                                                      "@builder.io/qwik",
                                                      "ember-source",
                                                      "backbone",
                                                      "jquery",
                                                      "alpinejs",
                                                      "antd",
                                                      "styled-components",
                                                      "framer-motion",
                                                      "lucide-react",
                                                      "@storybook/",
                                                      "react-scripts"});

constexpr auto kServer = std::to_array<std::string_view>(
    {// web frameworks
     "express", "fastify", "koa", "@nestjs/core", "@nestjs/common", "hono", "@hapi/hapi", "restify", "polka",
     "@adonisjs/core", "@feathersjs/feathers", "sails", "@strapi/strapi", "elysia", "h3", "nitropack", "moleculer",
     "apollo-server", "@apollo/server", "graphql-yoga", "socket.io", "@trpc/server", "@loopback/core",
     "firebase-functions", "@google-cloud/functions-framework", "@azure/functions", "aws-lambda", "@medusajs/medusa",
     "@grpc/grpc-js",
     // stores and queues
     "pg", "mysql", "mysql2", "mongodb", "mongoose", "ioredis", "redis", "typeorm", "sequelize", "knex",
     "@prisma/client", "better-sqlite3", "bullmq", "bull", "kafkajs", "amqplib", "nats", "drizzle-orm",
     "@mikro-orm/core"});

constexpr auto kFullStack = std::to_array<std::string_view>(
    {"next", "nuxt", "@remix-run/", "@sveltejs/kit", "astro", "@redwoodjs/core", "@solidjs/start", "@tanstack/start",
     "@tanstack/react-start", "blitz", "@analogjs/platform", "gatsby"});

constexpr auto kBundlers =
    std::to_array<std::string_view>({"vite", "react-scripts", "parcel", "webpack-dev-server", "@angular/cli",
                                     "@vitejs/", "@vue/cli-service", "@sveltejs/vite-plugin-svelte", "@rsbuild/core"});

constexpr auto kWorkers = std::to_array<std::string_view>({"@modelcontextprotocol/sdk",
                                                           "fastmcp",
                                                           "discord.js",
                                                           "telegraf",
                                                           "grammy",
                                                           "node-telegram-bot-api",
                                                           "@slack/bolt",
                                                           "probot",
                                                           "node-cron",
                                                           "cron",
                                                           "croner",
                                                           "agenda",
                                                           "bree",
                                                           "@temporalio/worker",
                                                           "sqs-consumer",
                                                           "pg-boss",
                                                           "graphile-worker",
                                                           "bee-queue",
                                                           "mqtt",
                                                           "http-proxy",
                                                           "verdaccio"});

constexpr auto kRustServers = std::to_array<std::string_view>({"axum",        "axum-server", "actix-web",
                                                               "actix",       "warp",        "rocket",
                                                               "tonic",       "poem",        "poem-openapi",
                                                               "salvo",       "tide",        "thruster",
                                                               "gotham",      "ntex",        "viz",
                                                               "loco-rs",     "rouille",     "tiny_http",
                                                               "dropshot",    "trillium",    "jsonrpsee",
                                                               "tarpc",       "volo-grpc",   "async-graphql",
                                                               "juniper",     "rmcp",        "lambda_runtime",
                                                               "lambda_http", "apalis",      "serenity",
                                                               "teloxide",    "poise",       "twilight-gateway",
                                                               "rdkafka",     "lapin",       "tokio-cron-scheduler",
                                                               "pingora",     "quinn",       "libp2p"});

constexpr auto kPythonServers = std::to_array<std::string_view>({"fastapi",
                                                                 "flask",
                                                                 "django",
                                                                 "starlette",
                                                                 "uvicorn",
                                                                 "gunicorn",
                                                                 "hypercorn",
                                                                 "daphne",
                                                                 "granian",
                                                                 "waitress",
                                                                 "aiohttp",
                                                                 "tornado",
                                                                 "sanic",
                                                                 "quart",
                                                                 "falcon",
                                                                 "bottle",
                                                                 "litestar",
                                                                 "pyramid",
                                                                 "cherrypy",
                                                                 "robyn",
                                                                 "celery",
                                                                 "rq",
                                                                 "dramatiq",
                                                                 "huey",
                                                                 "arq",
                                                                 "taskiq",
                                                                 "apscheduler",
                                                                 "grpcio",
                                                                 "websockets",
                                                                 "mcp",
                                                                 "fastmcp",
                                                                 "gradio",
                                                                 "streamlit",
                                                                 "dash",
                                                                 "chainlit",
                                                                 "discord.py",
                                                                 "python-telegram-bot",
                                                                 "aiogram",
                                                                 "slack-bolt",
                                                                 "pika",
                                                                 "aio-pika",
                                                                 "kafka-python",
                                                                 "confluent-kafka",
                                                                 "aiokafka",
                                                                 "faust-streaming",
                                                                 "twisted",
                                                                 "temporalio",
                                                                 "prefect",
                                                                 "dagster"});

constexpr auto kNpmTerminal =
    std::to_array<std::string_view>({"inquirer", "@inquirer/", "enquirer", "prompts", "@clack/", "ora", "ink", "listr",
                                     "listr2", "@oclif/core", "gluegun", "clipanion"});
constexpr auto kRustTerminal = std::to_array<std::string_view>(
    {"dialoguer", "inquire", "indicatif", "ratatui", "tui", "crossterm", "cursive", "rpassword", "cliclack"});
constexpr auto kPythonTerminal = std::to_array<std::string_view>(
    {"questionary", "inquirer", "inquirerpy", "prompt-toolkit", "prompt_toolkit", "textual", "urwid"});

constexpr auto kRustDesktop =
    std::to_array<std::string_view>({"tauri", "eframe", "egui", "iced", "gtk", "gtk4", "slint", "druid", "winit", "wry",
                                     "dioxus-desktop", "fltk", "floem", "xilem", "gpui"});

}  // namespace

bool is_ui_framework(std::string_view npm_package) {
  return lists(kUi, npm_package);
}
bool is_server_library(std::string_view npm_package) {
  return lists(kServer, npm_package);
}
bool is_full_stack_framework(std::string_view npm_package) {
  return lists(kFullStack, npm_package);
}
bool is_browser_bundler(std::string_view npm_package) {
  return lists(kBundlers, npm_package);
}

bool is_server_library(PackageKind kind, std::string_view name) {
  if (kind == PackageKind::npm) return is_server_library(name);
  if (kind == PackageKind::cargo) return lists(kRustServers, name);
  return kind == PackageKind::python && lists(kPythonServers, name);
}

bool is_worker_library(std::string_view npm_package) {
  return lists(kWorkers, npm_package);
}

bool is_terminal_library(PackageKind kind, std::string_view name) {
  if (kind == PackageKind::npm) return lists(kNpmTerminal, name);
  if (kind == PackageKind::cargo) return lists(kRustTerminal, name);
  return kind == PackageKind::python && lists(kPythonTerminal, name);
}

bool is_desktop_library(PackageKind kind, std::string_view name) {
  return kind == PackageKind::cargo && (lists(kRustDesktop, name) || name.starts_with("tauri-plugin-"));
}

bool is_command_name(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name == "cli" || name.ends_with("-cli") || name.ends_with("_cli");
}

bool is_ui_word(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name == "ui" || name.starts_with("ui-") || name.ends_with("-ui") || name == "frontend" ||
         name.ends_with("-frontend") || name.starts_with("frontend-") || name == "design-system" ||
         name.ends_with("-design-system") || name == "webapp";
}

}  // namespace detoy::source

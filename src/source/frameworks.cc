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

bool is_ui_word(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name == "ui" || name.starts_with("ui-") || name.ends_with("-ui") || name == "frontend" ||
         name.ends_with("-frontend") || name.starts_with("frontend-") || name == "design-system" ||
         name.ends_with("-design-system") || name == "webapp";
}

}  // namespace detoy::source

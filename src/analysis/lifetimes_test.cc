#include "analysis/lifetimes.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

constexpr const char* express = "import express from 'express';\nconst app = express();\n";

// A script service: an Express application that runs `body` and listens.
TestProgram service(const std::string& body) {
  return program_of({{"server.ts", express + body + "\napp.listen(3000);\n"}});
}

std::string name(Life life) {
  switch (life) {
    case Life::none:
      return "none";
    case Life::request:
      return "request";
    case Life::element:
      return "element";
    case Life::process:
      return "process";
  }
  return "";
}

std::string life_of(const TestProgram& p, const char* type) {
  return name(p.lifetimes.of_type(p.type(type)).life);
}

std::string life_of_variable(const TestProgram& p, const char* path, const char* variable) {
  const State* state = p.state(path, variable);
  if (state == nullptr) return "no state";
  return name(p.lifetimes.of_state(*state).life);
}

// --- Types

TEST(Lifetimes, ObjectOfAModuleVariableLivesAsLongAsTheProcess) {
  const TestProgram p = service("class Store { items = new Map(); }\nconst store = new Store();");
  EXPECT_EQ(life_of(p, "Store"), "process");
  EXPECT_EQ(p.lifetimes.of_type(p.type("Store")).witness, p.call("server.ts", "Store"));
}

TEST(Lifetimes, ObjectMadeInAHandlerLivesAsLongAsTheRequest) {
  const TestProgram p = service(
      "class Job { steps = []; }\napp.get('/', (req, res) => { const job = new Job(); job.steps.push(1); "
      "res.json(job.steps); });");
  EXPECT_EQ(life_of(p, "Job"), "request");
}

TEST(Lifetimes, ObjectMadeInBothWaysLivesAsLongAsTheProcess) {
  const TestProgram p = service(
      "class Store { items = new Map(); }\nconst store = new Store();\napp.get('/', () => { const own = new Store(); "
      "});");
  EXPECT_EQ(life_of(p, "Store"), "process");
}

TEST(Lifetimes, FieldLivesAsLongAsItsObject) {
  const TestProgram p = service(
      "class Inner { items = new Map(); }\nclass Outer { private inner = new Inner(); other: Late; constructor() { "
      "this.other = new Late(); } }\n"
      "class Late { n = 0; }\nclass Job { part = new Part(); }\nclass Part { n = 0; }\nconst outer = new "
      "Outer();\napp.get('/', () => { const job = new Job(); });");
  EXPECT_EQ(life_of(p, "Inner"), "process");
  EXPECT_EQ(life_of(p, "Late"), "process");
  EXPECT_EQ(life_of(p, "Part"), "request");
}

TEST(Lifetimes, ObjectPassedToOneThatLivesOnLivesOn) {
  const TestProgram p = service(
      "class Store { items = new Map(); }\nclass Api { constructor(private store: Store) {} }\nconst api = new Api(new "
      "Store());");
  EXPECT_EQ(life_of(p, "Store"), "process");
}

TEST(Lifetimes, FactoryDecidesNothingItsCallersDo) {
  const TestProgram p = service(
      "class Store { items = new Map(); }\nclass Job { items = new Map(); }\nfunction makeStore() { return new "
      "Store(); }\n"
      "function makeJob() { const job = new Job(); return job; }\nconst store = makeStore();\napp.get('/', () => { "
      "const job = makeJob(); });");
  EXPECT_EQ(life_of(p, "Store"), "process");
  EXPECT_EQ(life_of(p, "Job"), "request");
}

TEST(Lifetimes, ElementOfAMapIsAnElement) {
  const TestProgram p = service(
      "class Session { data = {}; }\nconst sessions = new Map<string, Session>();\napp.post('/', (req) => { const s = "
      "new Session(); sessions.set(req.id, s); });");
  EXPECT_EQ(life_of(p, "Session"), "element");
}

TEST(Lifetimes, LazilyBuiltObjectLivesAsLongAsTheProcess) {
  const TestProgram p = service(
      "class Client { n = 0; }\nlet client: Client | undefined;\nfunction get() { if (!client) { client = new "
      "Client(); } return client; }\napp.get('/', () => get());");
  EXPECT_EQ(life_of(p, "Client"), "process");
}

TEST(Lifetimes, ClassThatNothingConstructsHasNoLife) {
  const TestProgram p = service("class Forgotten { items = new Map(); }");
  EXPECT_EQ(life_of(p, "Forgotten"), "none");
}

TEST(Lifetimes, ConstructionInATestDoesNotCount) {
  const TestProgram p = program_of(
      {{"server.ts", std::string(express) + "app.listen(3000);\n"},
       {"store.ts", "export class Store { items = new Map(); }\n"},
       {"store.test.ts", "import { Store } from './store';\nconst store = new Store();\n", source::Role::test}});
  EXPECT_EQ(life_of(p, "Store"), "none");
}

TEST(Lifetimes, BaseLivesAsLongAsItsSubtypes) {
  const TestProgram p = service("class Base { items = new Map(); }\nclass Sub extends Base {}\nconst sub = new Sub();");
  EXPECT_EQ(life_of(p, "Base"), "process");
}

TEST(Lifetimes, ObjectsThatHoldEachOtherEnd) {
  const TestProgram p = service("class A { b = new B(); }\nclass B { a = new A(); }");
  EXPECT_EQ(life_of(p, "A"), "none");
}

TEST(Lifetimes, PythonModuleInstanceAndRequestObject) {
  const TestProgram p = program_of(
      {{"main.py",
        "from fastapi import FastAPI\napp = FastAPI()\nclass Store:\n    def __init__(self):\n        self.items = {}\n"
        "class Job:\n    def __init__(self):\n        self.steps = []\nstore = Store()\n@app.get('/')\ndef read():\n   "
        " job = Job()\n    return job.steps\n"}});
  EXPECT_EQ(life_of(p, "Store"), "process");
  EXPECT_EQ(life_of(p, "Job"), "request");
}

TEST(Lifetimes, RustObjectMadeInMainLivesAsLongAsTheProcess) {
  const TestProgram p = program_of({{"src/main.rs",
                                     "use std::sync::Arc;\nstruct Store { n: u8 }\nimpl Store { fn new() -> Self { "
                                     "Self { n: 0 } } }\nstruct App { store: Arc<Store> }\n"
                                     "fn main() { let app = App { store: Arc::new(Store::new()) }; run(app); }\n"}});
  EXPECT_EQ(life_of(p, "Store"), "process");
  EXPECT_EQ(life_of(p, "App"), "process");
}

// --- NestJS

TestProgram nest(const std::string& decorator, const std::string& providers) {
  return program_of(
      {{"main.ts",
        "import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\n"
        "async function bootstrap() { const app = await NestFactory.create(AppModule); await app.listen(3000); "
        "}\nbootstrap();\n"},
       {"app.module.ts",
        "import { Module } from '@nestjs/common';\nimport { Store } from './store';\n@Module({ providers: [" +
            providers + "] })\nexport class AppModule {}\n"},
       {"store.ts", "import { Injectable, Scope } from '@nestjs/common';\n" + decorator +
                        "\nexport class Store { private items = new Map(); }\n"}});
}

TEST(LifetimesNest, ProviderLivesAsLongAsTheProcess) {
  EXPECT_EQ(life_of(nest("@Injectable()", "Store"), "Store"), "process");
}

TEST(LifetimesNest, ProviderOfTheDefaultScopeLivesAsLongAsTheProcess) {
  EXPECT_EQ(life_of(nest("@Injectable({ scope: Scope.DEFAULT })", "Store"), "Store"), "process");
}

TEST(LifetimesNest, ProviderOfAnotherScopeLivesAsLongAsTheRequest) {
  EXPECT_EQ(life_of(nest("@Injectable({ scope: Scope.REQUEST })", "Store"), "Store"), "request");
  EXPECT_EQ(life_of(nest("@Injectable({ scope: Scope.TRANSIENT })", "Store"), "Store"), "request");
}

TEST(LifetimesNest, ClassUnderAnotherTokenIsAProvider) {
  EXPECT_EQ(life_of(nest("@Injectable()", "{ provide: 'STORE', useClass: Store }"), "Store"), "process");
}

TEST(LifetimesNest, FactorysResultIsKept) {
  EXPECT_EQ(life_of(nest("", "{ provide: 'STORE', useFactory: () => new Store() }"), "Store"), "process");
}

// --- Variables

TEST(LifetimesOfStates, ModuleVariablesAndStaticsLiveAsLongAsTheProcess) {
  const TestProgram p = service(
      "const hits = new Map();\nclass A { static all = new Map(); }\nfunction f() { hits.set(1, 2); A.all.set(1, 2); "
      "}");
  EXPECT_EQ(life_of_variable(p, "server.ts", "hits"), "process");
  EXPECT_EQ(life_of_variable(p, "server.ts", "all"), "process");
}

TEST(LifetimesOfStates, FieldLivesAsItsObjects) {
  const TestProgram p = service(
      "class Store { items = new Map(); }\nclass Job { steps = []; }\nconst store = new Store();\napp.get('/', () => { "
      "const job = new Job(); });");
  EXPECT_EQ(life_of_variable(p, "server.ts", "items"), "process");
  EXPECT_EQ(life_of_variable(p, "server.ts", "steps"), "request");
}

TEST(LifetimesOfStates, CapturedLocalOfAStartUpFunctionLivesAsLongAsTheProcess) {
  const TestProgram p = service(
      "function limiter() { const hits = new Map();\n return (req) => hits.set(req.ip, 1); }\napp.use(limiter());");
  EXPECT_EQ(life_of_variable(p, "server.ts", "hits"), "process");
}

TEST(LifetimesOfStates, CapturedLocalOfAHandlerLivesAsLongAsTheRequest) {
  const TestProgram p =
      service("app.get('/', (req) => { const seen = new Set(); req.items.forEach((x) => seen.add(x)); });");
  EXPECT_EQ(life_of_variable(p, "server.ts", "seen"), "request");
}

TEST(LifetimesOfStates, LocalThatNobodyCapturesIsNoState) {
  const TestProgram p = service("app.get('/', (req) => { const seen = new Set(); seen.add(1); });");
  EXPECT_EQ(life_of_variable(p, "server.ts", "seen"), "no state");
}

}  // namespace
}  // namespace detoy::analysis

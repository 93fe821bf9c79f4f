#include "source/deployment.h"

#include <gtest/gtest.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

using Lines = std::vector<std::string>;

// "NAME=value path:line"
Lines settings_of(const TemporaryTree& tree) {
  Lines lines;
  for (const auto& setting : tree_of(tree.text()).settings) {
    lines.push_back(setting.name + "=" + setting.value + " " + setting.path + ":" + std::to_string(setting.line));
  }
  return lines;
}

TEST(Settings, ComposeEnvironmentAsMapListAndAnchor) {
  TemporaryTree tree;
  tree.add("docker-compose.prod.yml",
           "x-env: &env\n  SHARED: yes\nservices:\n  a:\n    environment:\n      <<: *env\n"
           "      REDIS_URL: ${REDIS_URL:-redis://x}\n      EMPTY:\n  b:\n    environment:\n      - A=b=c\n      - "
           "HOST_SET\n"
           "  c:\n    environment: *env\n");
  EXPECT_EQ(settings_of(tree),
            (Lines{"SHARED=yes docker-compose.prod.yml:2",
                   "REDIS_URL=${REDIS_URL:-redis://x} docker-compose.prod.yml:7", "EMPTY= docker-compose.prod.yml:8",
                   "A=b=c docker-compose.prod.yml:11", "HOST_SET= docker-compose.prod.yml:12"}));
}

TEST(Settings, DockerfileEnvInBothForms) {
  TemporaryTree tree;
  tree.add("Dockerfile", "FROM x\n# note\nENV A=1 B=\"two words\" \\\n    C=3\nenv OLD the rest\n");
  EXPECT_EQ(settings_of(tree),
            (Lines{"A=1 Dockerfile:3", "B=two words Dockerfile:3", "C=3 Dockerfile:3", "OLD=the rest Dockerfile:5"}));
}

TEST(Settings, EnvFiles) {
  TemporaryTree tree;
  tree.add(".env.example", "# x\nexport A=1 # one\nB=\"q #x\"\nC=\nnot a line\nD='s'\n").add(".env.test", "T=1\n");
  EXPECT_EQ(settings_of(tree),
            (Lines{"A=1 .env.example:2", "B=q #x .env.example:3", "C= .env.example:4", "D=s .env.example:6"}));
}

TEST(Settings, KubernetesEnvironmentAndConfigMaps) {
  TemporaryTree tree;
  tree.add(
      "k8s/deploy.yaml",
      "kind: Deployment\nspec:\n  containers:\n  - name: app\n    env:\n    - name: REDIS_URL\n      value: \"r:1\"\n"
      "    - name: KEY\n      valueFrom:\n        secretKeyRef:\n          name: keys\n          key: k\n"
      "    ports:\n    - name: http\n---\nkind: ConfigMap\ndata:\n  MODE: prod\n  app.yaml: |\n    x: 1\n");
  EXPECT_EQ(settings_of(tree),
            (Lines{"REDIS_URL=r:1 k8s/deploy.yaml:6", "KEY= k8s/deploy.yaml:8", "MODE=prod k8s/deploy.yaml:18"}));
}

TEST(Settings, HelmTemplatesNeedNotBeYaml) {
  TemporaryTree tree;
  tree.add(
      "chart/templates/d.yaml",
      "{{- if .Values.on }}\nspec:\n  env:\n    {{- range .x }}\n    - name: A\n      value: {{ .Values.a | quote }}\n"
      "    {{- end }}\n    - name: B\n      value: two\n");
  tree.add("chart/values.yaml", "env:\n  LEVEL: info\n  nested:\n    X: 1\nreplicas: 2\n");
  EXPECT_EQ(settings_of(tree), (Lines{"A={{ .Values.a | quote }} chart/templates/d.yaml:5",
                                      "B=two chart/templates/d.yaml:8", "LEVEL=info chart/values.yaml:2"}));
}

TEST(Settings, BuildServicesAndTestsAreNoDeployment) {
  TemporaryTree tree;
  tree.add(".github/workflows/ci.yml", "env:\n  A: 1\n")
      .add("tests/docker-compose.yml", "services: {a: {environment: {B: 1}}}");
  EXPECT_EQ(settings_of(tree), Lines{});
}

TEST(Deployment, DockerfileMarksThePackageOfItsFolder) {
  TemporaryTree tree;
  tree.add("svc/package.json", R"({"name": "svc"})")
      .add("svc/src/main.ts")
      .add("lib/package.json", R"({"name": "lib"})");
  tree.add("svc/Dockerfile", "FROM a AS b\nCMD [\"echo\"]\nFROM node\nENTRYPOINT [\"node\"]\nCMD [\"dist/main.js\"]\n");
  const auto found = tree_of(tree.text());
  const auto svc = package_of(found, "svc");
  EXPECT_TRUE(svc.has_container);
  EXPECT_TRUE(svc.has_start_script);
  EXPECT_EQ(svc.entry_points, Lines{"svc/src/main.ts"});
  EXPECT_FALSE(package_of(found, "lib").has_container);
}

TEST(Deployment, DockerfileElsewhereNamesItsPackage) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "root", "workspaces": ["apps/*"]})");
  tree.add("apps/api/package.json", R"({"name": "api"})").add("apps/api/src/main.ts");
  tree.add("apps/web/package.json", R"({"name": "web"})").add("apps/job/package.json", R"({"name": "job"})");
  tree.add("apps/job/src/run.ts").add("docker/web.Dockerfile", "FROM nginx\n");
  tree.add("Dockerfile.api", "FROM node\nCMD node dist/main.js\n");
  tree.add("docker/Dockerfile", "FROM node\nCMD [\"node\", \"apps/job/dist/run.js\"]\n");
  const auto found = tree_of(tree.text());
  EXPECT_TRUE(package_of(found, "api").has_container);
  EXPECT_EQ(package_of(found, "api").entry_points, Lines{"apps/api/src/main.ts"});
  EXPECT_TRUE(package_of(found, "web").has_container);
  EXPECT_TRUE(package_of(found, "job").has_container);
  EXPECT_TRUE(package_of(found, "job").has_start_script);
}

TEST(Deployment, ComposeServiceMarksWhatItBuilds) {
  TemporaryTree tree;
  tree.add(
      "docker-compose.yml",
      "services:\n  api:\n    build: ./api\n    command: uvicorn app.main:app\n  job:\n    build:\n      context: job\n"
      "    command: [python, -m, job.run]\n  db:\n    image: postgres\n    command: python other.py\n");
  tree.add("api/requirements.txt", "fastapi\n").add("api/app/main.py").add("api/other.py");
  tree.add("job/requirements.txt", "x\n").add("job/job/run.py").add("idle/requirements.txt", "x\n").add("idle/a.py");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(package_of(found, "api").entry_points, Lines{"api/app/main.py"});
  EXPECT_TRUE(package_of(found, "api").has_container);
  EXPECT_EQ(package_of(found, "job").entry_points, Lines{"job/job/run.py"});
  EXPECT_FALSE(package_of(found, "idle").has_container);
}

TEST(Deployment, ProcfileStartsThePackageAroundIt) {
  TemporaryTree tree;
  tree.add("Procfile", "web: gunicorn proj.wsgi --log-file -\n# x: y\n").add("requirements.txt", "django\n");
  tree.add("proj/wsgi.py");
  const auto found = tree_of(tree.text());
  ASSERT_EQ(found.packages.size(), 1u);
  EXPECT_TRUE(found.packages[0].has_start_script);
  EXPECT_EQ(found.packages[0].entry_points, Lines{"proj/wsgi.py"});
}

}  // namespace
}  // namespace detoy::source

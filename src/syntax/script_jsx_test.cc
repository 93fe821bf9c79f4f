#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptJsx, OutermostElementIsACallOfJsx) {
  EXPECT_EQ(lowered_tsx("x = <p className='a'>text</p>"), "assign =(name x, call {macro}(name jsx, string a))");
  EXPECT_EQ(lowered_js("x = <div/>"), "assign =(name x, call {macro}(name jsx))");
  EXPECT_EQ(lowered_tsx("x = <></>"), "assign =(name x, call {macro}(name jsx))");
}

TEST(ScriptJsx, AttributesAndEmbeddedExpressionsAreArguments) {
  EXPECT_EQ(
      lowered_tsx("x = <p id={a.b} onClick={() => f()} {...rest} disabled title='t'>{g()} and {/* nothing */}</p>"),
      "assign =(name x, call {macro}(name jsx, member b(name a), function(block(give_back(call(name "
      "f)))), spread(name rest), string t, call(name g)))");
}

TEST(ScriptJsx, ComponentsComeFirst) {
  EXPECT_EQ(lowered_tsx("x = <App store={s}/>"), "assign =(name x, call {macro}(name jsx, name App, name s))");
  EXPECT_EQ(lowered_js("x = <Ctx.Provider value={v}><Child/></Ctx.Provider>"),
            "assign =(name x, call {macro}(name jsx, member Provider(name Ctx), name v, other(name Child)))");
  EXPECT_EQ(lowered_tsx("x = <List<T> of={a}/>"), "assign =(name x, call {macro}(name jsx, name List, name a))");
}

TEST(ScriptJsx, ElementsInsideKeepOnlyTheirExpressions) {
  EXPECT_EQ(lowered_tsx("x = <ul><li>one</li><li key={k}>{f()}</li></ul>"),
            "assign =(name x, call {macro}(name jsx, other(name k, call(name f))))");
  EXPECT_EQ(lowered_js("x = <A b={<c d={e}/>}/>"),
            "assign =(name x, call {macro}(name jsx, name A, call {macro}(name jsx, name e)))");
  EXPECT_EQ(lowered_tsx("x = <A b=<c d={e}/> />"), "assign =(name x, call {macro}(name jsx, name A, other(name e)))");
}

TEST(ScriptJsx, ElementsInsideAClosureAreCallsAgain) {
  EXPECT_EQ(lowered_tsx("x = <ul>{xs.map(i => <li>{i}</li>)}</ul>"),
            "assign =(name x, call {macro}(name jsx, call(member map(name xs), function(parameter i(empty, "
            "empty), block(give_back(call {macro}(name jsx, name i)))))))");
}

}  // namespace
}  // namespace detoy::syntax::script

// The grammar of Bylaw, whole; its tokens are in BylawLexer.g4. docs/language.md says what it means; this says what can be
// written.
//
// How it is used: compiler/syntax/antlr_bridge.cc runs the lexer over bytes (not code points, so that positions are byte
// offsets), repairs what is broken in strings and brackets, runs the parser in SLL mode and turns its tree into the AST of
// compiler/ast/ast.h. What is easier to say well in code than in a grammar is left to that code and marked "checked:" here.
//
// Bodies in braces are rules of their own: they are where the parser takes up the thread again after an error.
//
// Principles:
//  - Ends of lines mean nothing, but in strings and `//` comments. No construct needs a separator to be told from the next:
//    two operands never stand side by side, so a clause, a field or an entry begins where an expression cannot go on.
//  - Few words are reserved: only those that an expression must know at sight (`and`, `where`, `exists`, …; see `word`).
//    All others (`id`, `message`, `type`, `from`, `rule`, …) are names wherever a name can stand, for exports are full of
//    fields called so. Behind a dot every word is a name.
//  - One token decides. Where it cannot (a comma, a `where` that two could take), the bridge looks at the next two instead of
//    letting ANTLR search (Predictor in antlr_bridge.cc). That keeps parsing linear, a cold start short and errors near
//    their cause.
parser grammar Bylaw;

options { tokenVocab = BylawLexer; }

// ==== Files =========================================================================================================

// Checked: `package` comes first and once, imports before everything else. As items, they are understood wherever they
// stand, and a misplaced one is one error instead of a broken file.
file : item* EOF ;

// The other place to begin: one expression, as `bylaw query` takes it.
loneExpression : expr EOF ;

item
  : packageDecl
  | importDecl
  | paramDecl
  | modelDecl
  | defineDecl
  | ruleDecl
  | testDecl
  | givenDecl
  | waiverDecl
  ;

packageDecl : PACKAGE qualifiedName ;

importDecl : IMPORT qualifiedName ( AS name )? ;

paramDecl : PARAM name ':' type ( '=' expr )? ;

// `let` ends in `;`, the only place in the language where something must: without it, `let a = b (c)` could be a call.
defineDecl
  : DEFINE name ( '(' ( defineParam ( ',' defineParam )* ','? )? ')' )? ( ':' type )? '=' defineLet* expr
  ;

defineParam : name ':' type ;

defineLet : LET name '=' expr ';' ;

// ==== Models ========================================================================================================

modelDecl : MODEL qualifiedName ( modelBody | '=' type ) ;

modelBody : '{' ( modelMember separator? )* '}' ;

modelMember : mapping | field ;

// `like` gives the form of a key: a bare `igw-0a1b` in an export then names its model.
field : KEY? name ':' type ( LIKE string )? ( VIA name )? ( '=' expr )? ;

// from terraform "aws_route_table".route as r where r.cidr_block is present { table = this; destination = r.cidr_block }
mapping
  : FROM name string ( '.' word )* ( AS name ( ',' generator )* )? ( WHERE expr )? mappingBody?
  ;

mappingBody : '{' ( mappingEntry separator? )* '}' ;

mappingEntry : qualifiedName '=' expr ;

separator : ',' | ';' ;

// ==== Types =========================================================================================================

// A union is of models, an enum of strings (checked: not both). `A | B?` is the same as `(A | B)?`.
type : typeMember ( '|' typeMember )* ;

typeMember : typePrimary '?'? ;

typePrimary
  : qualifiedName ( '<' type ( ',' type )* '>' )?
  | string
  | '{' ( typeField separator? )* '}'
  | '(' type ')'
  ;

typeField : name ':' type ( '=' expr )? ;

// ==== Rules =========================================================================================================

ruleDecl : RULE name ruleBody ;

ruleBody : '{' ( clause separator? )* '}' ;

// Checked: which clauses may come more than once.
clause
  : ( ID | TITLE | MESSAGE | FIX ) string
  | ( CONTROLS | ALIASES | RELATED | DOCS ) string ( ',' string )*
  | SEVERITY name
  | FOR generators
  | ( WHERE | REQUIRE | FORBID ) expr
  | LET name '=' expr
  ;

// ==== Tests and waivers =============================================================================================

testDecl : TEST string testBody ;

testBody : '{' ( testStep separator? )* '}' ;

testStep : given | expectation ;

given
  : GIVEN ( givenRows | string | qualifiedName ( '=' expr )? )
  ;

// A set-up with a name, for several tests: given two_vpcs { aws.vpc a { } aws.vpc b { } }
givenDecl : GIVEN name givenRows ;

givenRows : '{' ( givenRow separator? )* '}' ;

givenRow : qualifiedName name? givenBody ;

givenBody : '{' ( givenEntry separator? )* '}' ;

givenEntry : name ':' expr ;

// Checked: with a verdict, the expression is the name or id of a rule. (Taken as an expression first, so that
// `expect net.is_public(s)` and `expect net.is_public fails` need no search for the word that tells them apart.)
expectation : EXPECT expr verdict? ;

verdict
  : ( FAILS | PASSES | WAIVED | UNKNOWN | NOT_APPLICABLE ) ( FOR expr )? ( WITH MESSAGE string )? ( BECAUSE string )?
  ;

waiverDecl
  : WAIVE ruleReference FOR ( string | generator ( WHERE expr )? ) waiverTerm*
  ;

ruleReference : RULE_ID | string | qualifiedName ;

// Checked: `until` and `because` are there, and none comes twice.
waiverTerm
  : UNTIL ( TIME | NEVER )
  | BECAUSE string
  | BY string
  ;

// ==== Expressions ===================================================================================================

// An expression is a flat run of operands and operators; compiler/syntax/expr_builder.cc puts it together by this table,
// from the tightest to the loosest, all of them from the left:
//
//   x.field  x[index]  f(x)           in `operand`
//   -x
//   *  /  %
//   +  -
//   ??
//   ==  !=  <  <=  >  >=  in  contains  matches  like  is    with `not` before the words, behind `is`
//   not x
//   and
//   or
//
// Flat, because ANTLR predicts each step of a left-recursive rule from all that may follow an expression anywhere; so, one
// token decides, and a long chain needs no stack.
//
// Checked:
//  - comparisons do not chain: `a < b < c` is an error, and so is `=` (which is here only to be understood);
//  - `and` beside `or` needs parentheses, and so do `??` beside a comparison, and a query or an `if` beside any operator:
//    since `where` reaches as far right as it can, such a line would not mean what most people read. The error shows both
//    readings.
expr
  : ( '-' | NOT )* operand
    ( ( '*' | '/' | '%' | '+' | '-' | '??' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '='
      | IN | CONTAINS | MATCHES | LIKE | NOT ( IN | CONTAINS | MATCHES | LIKE ) | AND | OR
      ) ( '-' | NOT )* operand
    | IS NOT? qualifiedName  // `present`, `absent` or a model
    )*
  ;

operand : primary ( '.' word | '[' expr ']' | '(' arguments ')' )* ;

// `count(x in C where P)` has its generators among the arguments (checked: only `count` may); `sum(e for …)` and its like take
// a comprehension (checked: only they may).
arguments
  : ( expr comprehension? ( ',' expr )* ','? ( WHERE expr )? )?
  ;

comprehension : FOR generators ( WHERE expr )? ;

// Greedy: in `f(exists x in a, y in b)` the second `in` is a generator of the quantifier.
generators : generator ( ',' generator )* ;

// Checked: the collection is no `and`, `or` or comparison without parentheses.
generator : name IN expr ;

primary
  : literal
  | string
  | UNKNOWN string
  | name
  | RULE_ID  // checked: only behind `expect`
  | '(' expr ')'
  | '[' ( expr ( comprehension | ( ',' expr )* ','? ) )? ']'
  | braces
  | IF expr THEN expr ELSE expr
  | ( EXISTS | NO ) generators ( WHERE expr )?  // a `where` that could be a clause of the rule belongs to the query before it
  | EVERY generators ( WHERE expr )? SATISFIES expr
  | ONE expr FOR generators ( WHERE expr )?
  | FIRST generator BY expr ( WHERE expr )?
  | GROUP generator ( WHERE expr )? BY expr
  ;

// A set, a map or a comprehension of either; `{}` is an empty map, set or record. One rule with one beginning: told apart by
// what follows the first expression, so that nothing is read twice.
braces
  : '{'
    ( expr
      ( comprehension
      | ':' expr ( comprehension | ( ',' mapEntry )* ','? )
      | ( ',' expr )* ','?
      )
    )? '}'
  ;

mapEntry : expr ':' expr ;

literal : TRUE | FALSE | INT | FLOAT | DURATION | TIME | IP | CIDR | VERSION ;

string : STRING_OPEN ( STRING_TEXT | STRING_ESCAPE | '{' expr '}' )* STRING_CLOSE ;

// ==== Names =========================================================================================================

qualifiedName : name ( '.' word )* ;

// Every word that is not reserved. `key`, `from`, `as`, `via`, `first` and `group` are names, too: the bridge tells by the next
// two tokens and makes an IDENT of such a word where it is one (tokens.cc).
name
  : IDENT
  | PACKAGE | IMPORT | PARAM | MODEL | DEFINE | RULE | TEST | GIVEN | EXPECT | WAIVE
  | ID | TITLE | SEVERITY | CONTROLS | ALIASES | RELATED | DOCS | MESSAGE | FIX
  | FAILS | PASSES | WAIVED | WITH | UNTIL | NEVER | BECAUSE
  | BY
  ;

// Every word: what may stand behind a dot.
word
  : IDENT
  | PACKAGE | IMPORT | AS | PARAM | MODEL | DEFINE | RULE | TEST | GIVEN | EXPECT | WAIVE
  | KEY | VIA | FROM
  | ID | TITLE | SEVERITY | CONTROLS | ALIASES | RELATED | DOCS | MESSAGE | FIX
  | FAILS | PASSES | WAIVED | WITH | UNTIL | NEVER | BECAUSE
  | FIRST | GROUP | BY
  | AND | OR | NOT | IN | CONTAINS | MATCHES | LIKE | IS | IF | THEN | ELSE | TRUE | FALSE | UNKNOWN
  | EXISTS | NO | EVERY | SATISFIES | ONE | WHERE | FOR | LET | REQUIRE | FORBID
  ;

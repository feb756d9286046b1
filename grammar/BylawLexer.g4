// The tokens of Bylaw. A file of its own because strings with expressions in them need lexical modes, which ANTLR allows
// only here; the grammar is Bylaw.g4.
//
// The lexer reads bytes. It never fails: whatever fits nothing is OTHER, which the bridge explains to the author. Nor is it
// trusted with what needs a wider view: strings and brackets that are left open are repaired behind it (syntax/tokens.cc).
lexer grammar BylawLexer;

// ---- Reserved words ----
AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
IN : 'in' ;
CONTAINS : 'contains' ;
MATCHES : 'matches' ;
LIKE : 'like' ;
IS : 'is' ;
IF : 'if' ;
THEN : 'then' ;
ELSE : 'else' ;
TRUE : 'true' ;
FALSE : 'false' ;
UNKNOWN : 'unknown' ;
NOT_APPLICABLE : 'not' [ \t]+ 'applicable' ;  // one token, so that a `not` behind an expression is always `not in` or the like
EXISTS : 'exists' ;
NO : 'no' ;
EVERY : 'every' ;
SATISFIES : 'satisfies' ;
ONE : 'one' ;
WHERE : 'where' ;
FOR : 'for' ;
LET : 'let' ;
REQUIRE : 'require' ;
FORBID : 'forbid' ;

// ---- Words with a meaning in their place, names elsewhere ----
PACKAGE : 'package' ;
IMPORT : 'import' ;
AS : 'as' ;
PARAM : 'param' ;
MODEL : 'model' ;
DEFINE : 'define' ;
RULE : 'rule' ;
TEST : 'test' ;
GIVEN : 'given' ;
EXPECT : 'expect' ;
WAIVE : 'waive' ;
KEY : 'key' ;
VIA : 'via' ;
FROM : 'from' ;
ID : 'id' ;
TITLE : 'title' ;
SEVERITY : 'severity' ;
CONTROLS : 'controls' ;
ALIASES : 'aliases' ;
RELATED : 'related' ;
DOCS : 'docs' ;
MESSAGE : 'message' ;
FIX : 'fix' ;
FAILS : 'fails' ;
PASSES : 'passes' ;
WAIVED : 'waived' ;
WITH : 'with' ;
UNTIL : 'until' ;
NEVER : 'never' ;
BECAUSE : 'because' ;
FIRST : 'first' ;
GROUP : 'group' ;
BY : 'by' ;

// ---- Literals. The longest match wins: `2027-03-31` is a date, `10.0.0.0/8` a CIDR block, `NET-001` an id. ----
RULE_ID : [A-Z] [A-Z0-9]* ( '-' [A-Z0-9]+ )+ ;
VERSION : 'v' DIGITS ( '.' DIGITS )+ ( '-' [0-9A-Za-z]+ ( [.-] [0-9A-Za-z]+ )* )? ;
IDENT : [A-Za-z_] [A-Za-z0-9_]* ;

TIME : DATE ( 'T' DIGIT DIGIT ':' DIGIT DIGIT ( ':' DIGIT DIGIT ( '.' DIGITS )? )? ( 'Z' | [+-] DIGIT DIGIT ':' DIGIT DIGIT ) )? ;
DURATION : DIGITS ( 'ms' | 's' | 'm' | 'h' | 'd' | 'w' ) ;
CIDR : ( IPV4 | IPV6 ) '/' DIGITS ;
IP : IPV4 | IPV6 ;
FLOAT : DIGITS '.' DIGITS ( [eE] [+-]? DIGITS )? | DIGITS [eE] [+-]? DIGITS ;
INT : DIGIT [0-9_]* ;
// Something like `12abc` or `1.2.3`: one wrong token instead of three that look right. The bridge says what it might be.
BAD_NUMBER : DIGIT [0-9A-Za-z_]* ( '.' [0-9] [0-9A-Za-z_]* )* ;

fragment DIGIT : [0-9] ;
fragment DIGITS : DIGIT+ ;
fragment DATE : DIGIT DIGIT DIGIT DIGIT '-' DIGIT DIGIT '-' DIGIT DIGIT ;
fragment IPV4 : DIGITS '.' DIGITS '.' DIGITS '.' DIGITS ;
// Loose (the runtime's address parser has the last word), but never without `::` or eight groups: `{a:b}` stays a map.
// At most eight groups: without a bound, `a:a:a:…` would be read to its end for each of its tokens.
fragment IPV6
  : H16S? '::' ( H16S ( ':' IPV4 )? | IPV4 )?
  | H16 ':' H16 ':' H16 ':' H16 ':' H16 ':' H16 ':' ( H16 ':' H16 | IPV4 )
  ;
fragment H16S
  : H16 ( ':' H16 ( ':' H16 ( ':' H16 ( ':' H16 ( ':' H16 ( ':' H16 )? )? )? )? )? )?
  ;
fragment H16 : [0-9A-Fa-f] ( [0-9A-Fa-f] ( [0-9A-Fa-f] [0-9A-Fa-f]? )? )? ;

// ---- Strings: "text {expression} text". The bridge ends one that is still open at the end of its line.
// 'text' as it stands, without escapes and expressions, is made of an OTHER by the bridge (tokens.cc). ----
STRING_OPEN : ["] -> pushMode(IN_STRING) ;
// Within an interpolation a string may be written plainly, "{join(users, ", ")}", or as older readers expect, with escaped quotes.
ESCAPED_OPEN : '\\"' -> type(STRING_OPEN), pushMode(IN_ESCAPED_STRING) ;

// Braces nest through the mode stack, so that the one that ends an interpolation is known.
LBRACE : '{' -> pushMode(DEFAULT_MODE) ;
RBRACE : '}' -> popMode ;

// ---- Punctuation ----
LPAREN : '(' ;
RPAREN : ')' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
COMMA : ',' ;
SEMICOLON : ';' ;
COLON : ':' ;
DOT : '.' ;
ASSIGN : '=' ;
EQUAL : '==' ;
NOT_EQUAL : '!=' ;
LESS : '<' ;
LESS_EQUAL : '<=' ;
GREATER : '>' ;
GREATER_EQUAL : '>=' ;
PLUS : '+' ;
MINUS : '-' ;
STAR : '*' ;
SLASH : '/' ;
PERCENT : '%' ;
COALESCE : '??' ;
QUESTION : '?' ;
PIPE : '|' ;

// ---- Of other languages. Each is an error with a hint; the bridge puts the right token in its place. ----
FOREIGN_OPERATOR : '&&' | '&' | '||' | '!' | ':=' | '<>' | '===' | '!==' | '=!' | '=<' | '=~' | '~' | '->' | '=>' ;

// ---- Between tokens. The bridge keeps comments with their places, for the formatter and for documentation. ----
COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
// Also of other languages.
FOREIGN_COMMENT : ( '#' ~[\r\n]* | '--' [ \t] ~[\r\n]* | '/*' ) -> channel(HIDDEN) ;  // the bridge finds the end of a `/*`
BLANKS : [ \t\r\n]+ -> skip ;

// Any other byte. The bridge knows other quotation marks and characters that look like ours.
OTHER : . ;

mode IN_STRING;
STRING_CLOSE : ["] -> popMode ;
STRING_TEXT : ~["\\{\r\n]+ ;
STRING_ESCAPE : '\\u{' [0-9A-Fa-f]* '}' | '\\' ~[\r\n] ;
STRING_LBRACE : [{] -> type(LBRACE), pushMode(DEFAULT_MODE) ;
STRING_NEWLINE : [\r\n] ;
STRING_OTHER : . -> type(OTHER) ;

mode IN_ESCAPED_STRING;
ESCAPED_CLOSE : '\\"' -> type(STRING_CLOSE), popMode ;
ESCAPED_TEXT : ~["\\{\r\n]+ -> type(STRING_TEXT) ;
ESCAPED_ESCAPE : ( '\\u{' [0-9A-Fa-f]* '}' | '\\' ~["\r\n] ) -> type(STRING_ESCAPE) ;
ESCAPED_LBRACE : [{] -> type(LBRACE), pushMode(DEFAULT_MODE) ;
ESCAPED_NEWLINE : ["\r\n] -> type(STRING_NEWLINE) ;
ESCAPED_OTHER : . -> type(OTHER) ;

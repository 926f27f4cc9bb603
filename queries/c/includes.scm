; What a source includes (ISO C 6.10.2). The walk reads directives with the lexer; these patterns say the same.
; Blind spots: a path that a macro makes.

; #include "path.h"
(preproc_include path: (string_literal) @reference.include)

; #include <path.h>
(preproc_include path: (system_lib_string) @reference.include)

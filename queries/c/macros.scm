; The macros that a source defines, and the names that its conditions ask for (ISO C 6.10.1, 6.10.3).
; Blind spots: replacement lists are bare text to the grammar; conditions with `__has_include`.

; #define M 1
(preproc_def name: (identifier) @name) @definition.macro

; #define M(x) (x)
(preproc_function_def name: (identifier) @name) @definition.macro

; #ifdef M   #ifndef M
(preproc_ifdef name: (identifier) @reference.condition)
(preproc_elifdef name: (identifier) @reference.condition)

; #if M
(preproc_if condition: (identifier) @reference.condition)

; #if defined(M)
(preproc_defined (identifier) @reference.condition)

; What an item brings into being: functions, objects, members, enumerators (ISO C 6.9, 6.7.2).
; Tags and typedefs are in types.scm, macros in macros.scm, what is only announced in declarations.scm.
; Blind spots: more than two stars before a function's name, functions whose name a macro makes (`HELPER(x)`).

; int f(void) { ... }   char *f(void) { ... }   char **f(void) { ... }
(function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator
        declarator: (function_declarator declarator: (identifier) @name)))
  ]) @definition.function

; int (f)(void) { ... }
(function_definition
  declarator: (function_declarator
    declarator: (parenthesized_declarator (identifier) @name))) @definition.function

; void (*f(int n))(int) { ... }
(function_definition
  declarator: (function_declarator
    declarator: (parenthesized_declarator
      (pointer_declarator
        declarator: (function_declarator declarator: (identifier) @name))))) @definition.function

; int x = 1;   char *x = s;   int x[] = { 1 };   char *x[] = { s };
(translation_unit
  (declaration
    declarator: (init_declarator
      declarator: [
        (identifier) @name
        (pointer_declarator declarator: (identifier) @name)
        (array_declarator declarator: (identifier) @name)
        (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
        (array_declarator declarator: (array_declarator declarator: (identifier) @name))
      ])) @definition.object)

; int (*x)(void) = f;   int (*x[])(void) = { f };
(translation_unit
  (declaration
    declarator: (init_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator
          (pointer_declarator
            declarator: [
              (identifier) @name
              (array_declarator declarator: (identifier) @name)
            ]))))) @definition.object)

; char *(*x)(void) = f;
(translation_unit
  (declaration
    declarator: (init_declarator
      declarator: (pointer_declarator
        declarator: (function_declarator
          declarator: (parenthesized_declarator
            (pointer_declarator declarator: (identifier) @name)))))) @definition.object)

; int m;   int *m;   int m[4];   unsigned m : 3;   int (*m)(void);
(field_declaration_list
  (field_declaration
    declarator: [
      (field_identifier) @name
      (pointer_declarator declarator: (field_identifier) @name)
      (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
      (array_declarator declarator: (field_identifier) @name)
      (pointer_declarator declarator: (array_declarator declarator: (field_identifier) @name))
      (array_declarator declarator: (array_declarator declarator: (field_identifier) @name))
      (function_declarator
        declarator: (parenthesized_declarator
          (pointer_declarator declarator: (field_identifier) @name)))
      (pointer_declarator
        declarator: (function_declarator
          declarator: (parenthesized_declarator
            (pointer_declarator declarator: (field_identifier) @name))))
    ]) @definition.member)

; enum { A, B = 2 };
(enumerator name: (identifier) @name) @definition.enumerator

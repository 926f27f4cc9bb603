; What an item announces without bringing it into being: prototypes, objects without initializer (ISO C 6.7, 6.9.2);
; and the parameters and locals that hide names from it (6.2.1).
; `int x;` is a tentative definition and `extern int x;` a declaration: the storage class tells, not the shape.
; Blind spots: more than two stars, more than two brackets, names that a macro makes.

; int f(int);   char *f(void);   char **f(void);   also inside a block
(declaration
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator
        declarator: (function_declarator declarator: (identifier) @name)))
  ]) @declaration.function

; void (*signal(int, void (*)(int)))(int);
(declaration
  declarator: (function_declarator
    declarator: (parenthesized_declarator
      (pointer_declarator
        declarator: (function_declarator declarator: (identifier) @name))))) @declaration.function

; int x;   char *x;   int x[4];   char *x[4];
(translation_unit
  (declaration
    declarator: [
      (identifier) @name
      (pointer_declarator declarator: (identifier) @name)
      (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
      (array_declarator declarator: (identifier) @name)
      (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
      (array_declarator declarator: (array_declarator declarator: (identifier) @name))
    ]) @declaration.object)

; int (*x)(void);   int (*x[2])(void);   char *(*x)(void);
(translation_unit
  (declaration
    declarator: [
      (function_declarator
        declarator: (parenthesized_declarator
          (pointer_declarator
            declarator: [
              (identifier) @name
              (array_declarator declarator: (identifier) @name)
            ])))
      (pointer_declarator
        declarator: (function_declarator
          declarator: (parenthesized_declarator
            (pointer_declarator declarator: (identifier) @name))))
    ]) @declaration.object)

; struct s;   union u;   enum e;
(translation_unit (struct_specifier name: (type_identifier) @name !body) @declaration.struct)
(translation_unit (union_specifier name: (type_identifier) @name !body) @declaration.union)
(translation_unit (enum_specifier name: (type_identifier) @name !body) @declaration.enum)

; f(int p)   f(int *p)   f(int p[])   f(void (*p)(int))   f(a) int a; { ... }
(parameter_declaration
  declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)))
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator declarator: (array_declarator declarator: (identifier) @name)))
    (function_declarator
      declarator: (parenthesized_declarator
        (pointer_declarator declarator: (identifier) @name)))
    (pointer_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator
          (pointer_declarator declarator: (identifier) @name))))
  ]) @declaration.local
(parameter_list (identifier) @declaration.local)

; { int x;   char *x = s;   int x[4];   int (*x)(void); }
; Matches at file scope too, where one of the patterns above says more.
(declaration
  declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)))
    (array_declarator declarator: (identifier) @name)
    (array_declarator declarator: (array_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (function_declarator
      declarator: (parenthesized_declarator
        (pointer_declarator
          declarator: [
            (identifier) @name
            (array_declarator declarator: (identifier) @name)
          ])))
    (pointer_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator
          (pointer_declarator declarator: (identifier) @name))))
    (init_declarator
      declarator: [
        (identifier) @name
        (pointer_declarator declarator: (identifier) @name)
        (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
        (array_declarator declarator: (identifier) @name)
        (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
        (array_declarator declarator: (array_declarator declarator: (identifier) @name))
        (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
        (pointer_declarator
          declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)))
        (function_declarator
          declarator: (parenthesized_declarator
            (pointer_declarator
              declarator: [
                (identifier) @name
                (array_declarator declarator: (identifier) @name)
              ])))
        (pointer_declarator
          declarator: (function_declarator
            declarator: (parenthesized_declarator
              (pointer_declarator declarator: (identifier) @name))))
      ])
  ]) @declaration.local

; { int f(int x) { ... } }   GNU C: the name is the block's
(compound_statement
  (function_definition
    declarator: (function_declarator declarator: (identifier) @name)) @declaration.nested)

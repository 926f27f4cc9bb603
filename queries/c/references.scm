; What an item uses, by the role that a name plays (ISO C 6.5, 6.7.3). A query knows no scope: names of locals and
; parameters are captured here too, and left out by the walk.
; Blind spots: what a macro's arguments stand for (`sizeof(T)` and `M(T)` capture T as a value); attributes.

; f(x)
(call_expression function: (identifier) @reference.call)

; M(T) x;   a macro that makes a type
(macro_type_specifier name: (identifier) @reference.call)

; p->m(x)   s.m(x)
(call_expression function: (field_expression field: (field_identifier) @reference.member-call))

; p->m   s.m
(field_expression field: (field_identifier) @reference.member)

; .m = x   .m.n = x
(field_designator (field_identifier) @reference.member)

; m: x   the GNU spelling before C99
(initializer_pair designator: (field_identifier) @reference.member)

; offsetof(struct s, m)
(offsetof_expression member: (field_identifier) @reference.member)

; T x;   (T)x   sizeof(T *)
(type_identifier) @reference.type

; struct s *p;
(struct_specifier name: (type_identifier) @reference.tag !body)
(union_specifier name: (type_identifier) @reference.tag !body)
(enum_specifier name: (type_identifier) @reference.tag !body)

; x   f passed on   &x
(identifier) @reference.value

; __attribute__((unused, format(printf, 1, 2))): these names are no references
(attribute_specifier (argument_list (identifier) @ignored))
(attribute_specifier (argument_list (call_expression function: (identifier) @ignored)))
(attribute name: (identifier) @ignored)

; asm("op" : "=r"([name] x)): the symbolic name is the statement's own
(gnu_asm_output_operand symbol: (identifier) @ignored)
(gnu_asm_input_operand symbol: (identifier) @ignored)

; &&label: the address of a label (GNU)
(pointer_expression
  operator: "&"
  argument: (pointer_expression operator: "&" argument: (identifier) @ignored))

; _Generic(x, default: f): the grammar takes the word for a type
(generic_expression (type_descriptor type: (type_identifier) @ignored (#eq? @ignored "default")))

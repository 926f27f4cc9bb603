//! The node kinds and fields of tree-sitter-c that facts are read from, as enums: one table lookup a node instead of text.

use std::sync::LazyLock;

use tree_sitter::Language;

/// Declares an enum over grammar names, and the table from the grammar's numbers to it.
macro_rules! grammar_names {
    ($(#[$doc:meta])* $enum:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is named after a word of the grammar, which says what it is")]
        pub enum $enum {
            $($variant,)*
            Other,
        }

        impl $enum {
            const NAMED: &[(&str, $enum)] = &[$(($name, $enum::$variant),)*];
        }
    };
}

grammar_names! {
    /// The node kinds that mean something here; all others are only walked through.
    Kind {
        Error = "ERROR",
        Comment = "comment",
        Identifier = "identifier",
        TypeIdentifier = "type_identifier",
        FieldIdentifier = "field_identifier",
        PrimitiveType = "primitive_type",
        FunctionDefinition = "function_definition",
        Declaration = "declaration",
        TypeDefinition = "type_definition",
        FieldDeclaration = "field_declaration",
        ParameterDeclaration = "parameter_declaration",
        ParameterList = "parameter_list",
        VariadicParameter = "variadic_parameter",
        StorageClass = "storage_class_specifier",
        Struct = "struct_specifier",
        Union = "union_specifier",
        Enum = "enum_specifier",
        Enumerator = "enumerator",
        MacroType = "macro_type_specifier",
        TypeDescriptor = "type_descriptor",
        AbstractArray = "abstract_array_declarator",
        FunctionDeclarator = "function_declarator",
        PointerDeclarator = "pointer_declarator",
        ArrayDeclarator = "array_declarator",
        ParenthesizedDeclarator = "parenthesized_declarator",
        AttributedDeclarator = "attributed_declarator",
        InitDeclarator = "init_declarator",
        InitializerList = "initializer_list",
        InitializerPair = "initializer_pair",
        FieldDesignator = "field_designator",
        CompoundLiteral = "compound_literal_expression",
        CompoundStatement = "compound_statement",
        ForStatement = "for_statement",
        LabeledStatement = "labeled_statement",
        ExpressionStatement = "expression_statement",
        Call = "call_expression",
        ArgumentList = "argument_list",
        Field = "field_expression",
        Assignment = "assignment_expression",
        Parenthesized = "parenthesized_expression",
        Pointer = "pointer_expression",
        Subscript = "subscript_expression",
        Cast = "cast_expression",
        Conditional = "conditional_expression",
        Comma = "comma_expression",
        Update = "update_expression",
        Binary = "binary_expression",
        Offsetof = "offsetof_expression",
        Attribute = "attribute_specifier",
        AttributeDeclaration = "attribute_declaration",
        AttributeItem = "attribute",
        Declspec = "ms_declspec_modifier",
        AsmExpression = "gnu_asm_expression",
        AsmInput = "gnu_asm_input_operand",
        AsmOutput = "gnu_asm_output_operand",
        AsmGoto = "gnu_asm_goto_list",
        Generic = "generic_expression",
        LinkageSpecification = "linkage_specification",
        PreprocDefine = "preproc_def",
        PreprocFunction = "preproc_function_def",
        PreprocCall = "preproc_call",
        PreprocInclude = "preproc_include",
        PreprocIf = "preproc_if",
        PreprocIfdef = "preproc_ifdef",
        PreprocElif = "preproc_elif",
        PreprocElifdef = "preproc_elifdef",
        PreprocElse = "preproc_else",
        PreprocDefined = "preproc_defined",
        StringLiteral = "string_literal",
        NumberLiteral = "number_literal",
        CharLiteral = "char_literal",
    }
}

grammar_names! {
    /// The fields that tell what a child is to its parent.
    Field {
        Declarator = "declarator",
        Type = "type",
        Value = "value",
        Left = "left",
        Right = "right",
        Function = "function",
        Arguments = "arguments",
        Argument = "argument",
        Member = "field",
        Designator = "designator",
        Name = "name",
        Body = "body",
        Parameters = "parameters",
        Condition = "condition",
        Consequence = "consequence",
        Alternative = "alternative",
        Symbol = "symbol",
        OffsetofMember = "member",
        Prefix = "prefix",
        Size = "size",
        Operator = "operator",
    }
}

/// The language with both tables.
pub(super) struct Grammar {
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

/// Read once from the grammar itself, so that a new version of it needs no new numbers here.
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::of(&language()));

/// The grammar that items are parsed with.
pub fn language() -> Language {
    tree_sitter_c::LANGUAGE.into()
}

/// The tables of that grammar.
pub(super) fn grammar() -> &'static Grammar {
    &GRAMMAR
}

impl Grammar {
    fn of(language: &Language) -> Self {
        let kind = |id: usize| {
            let id = u16::try_from(id).ok()?;
            let name = language.node_kind_for_id(id)?;
            (language.node_kind_is_named(id))
                .then(|| find(Kind::NAMED, name))
                .flatten()
        };
        let field = |id: usize| {
            let name = language.field_name_for_id(u16::try_from(id).ok()?)?;
            find(Field::NAMED, name)
        };
        Self {
            kinds: (0..language.node_kind_count())
                .map(|id| kind(id).unwrap_or(Kind::Other))
                .collect(),
            fields: (0..=language.field_count())
                .map(|id| field(id).unwrap_or(Field::Other))
                .collect(),
        }
    }

    /// What a node's kind number stands for.
    pub(super) fn kind(&self, id: u16) -> Kind {
        // The number of ERROR lies outside the grammar's own range.
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Error)
    }

    /// What a field number stands for.
    pub(super) fn field(&self, id: Option<u16>) -> Field {
        id.and_then(|id| self.fields.get(id as usize).copied())
            .unwrap_or(Field::Other)
    }
}

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
}

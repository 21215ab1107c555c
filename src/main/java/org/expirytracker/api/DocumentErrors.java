package org.expirytracker.api;

import graphql.GraphQLError;
import graphql.introspection.Introspection.DirectiveLocation;
import graphql.language.Argument;
import graphql.language.Definition;
import graphql.language.Directive;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.Node;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.SourceLocation;
import graphql.language.Type;
import graphql.language.TypeName;
import graphql.language.VariableDefinition;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.exceptions.InvalidUnicodeSyntaxException;
import graphql.parser.exceptions.MoreTokensSyntaxException;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLCompositeType;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.validation.ValidationError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with a document that the engine refuses: which field, argument or type is meant, what is expected
 * there, and what was probably meant. The engine's own words name no alternative, and of each argument it tells only
 * the first error.
 */
final class DocumentErrors {

    private static final int MOST_PLACES = 10;
    private static final int MOST_NAME = 60;
    private static final int MOST_EXAMPLE = 1;

    /** What is found here, by itself; the engine says the same in other words. */
    private static final Set<String> FOUND_HERE = Set.of(
            "FieldUndefined",
            "UnknownArgument",
            "MissingFieldArgument",
            "MissingDirectiveArgument",
            "NullValueForNonNullArgument",
            "WrongType",
            "BadValueForDefaultArg",
            "UnknownType",
            "UnknownDirective",
            "UndefinedFragment",
            "SubselectionRequired",
            "SubselectionNotAllowed");

    /**
     * What was found.
     *
     * @param errors what ends the request; possibly only {@code rows}
     * @param rows what only refuses rows of mutations: by operation and the mutation's name in the answer
     */
    record Found(List<ClientError> errors, Map<OperationDefinition, Map<String, List<InputErrors.Objection>>> rows) {

        /** All of it as errors that end the request. */
        List<ClientError> all() {
            List<ClientError> all = new ArrayList<>(errors);
            rows.values()
                    .forEach(mutations -> mutations
                            .values()
                            .forEach(objections -> objections.forEach(objection ->
                                    all.add(error(objection.message(), objection.location(), objection.path())))));
            return all;
        }
    }

    private final GraphQLSchema schema;
    private final Document document;
    private final boolean hints;
    private final Map<String, Integer> positions = new HashMap<>();
    private final List<ClientError> errors = new ArrayList<>();
    private final Map<OperationDefinition, Map<String, List<InputErrors.Objection>>> rows = new LinkedHashMap<>();
    private @Nullable OperationDefinition operation;

    private DocumentErrors(GraphQLSchema schema, Document document, boolean hints) {
        this.schema = schema;
        this.document = document;
        this.hints = hints;
    }

    /**
     * What is wrong with a document.
     *
     * @param refused what the engine has against it, at least one
     * @param hints whether to tell what the schema has besides what is named; it is for callers only
     * @return at least one, in {@code errors} or in {@code rows}
     */
    static Found of(GraphQLSchema schema, Document document, List<? extends GraphQLError> refused, boolean hints) {
        DocumentErrors found = new DocumentErrors(schema, document, hints);
        for (Definition<?> definition : document.getDefinitions()) {
            found.definition(definition);
        }
        boolean foundHere = !found.errors.isEmpty() || !found.rows.isEmpty();
        for (GraphQLError error : refused) {
            String kind = error instanceof ValidationError validation
                    ? String.valueOf(validation.getValidationErrorType())
                    : "";
            if (!(foundHere && FOUND_HERE.contains(kind))) {
                found.translate(kind, error);
            }
        }
        return new Found(found.errors, found.rows);
    }

    private void definition(Definition<?> definition) {
        switch (definition) {
            case OperationDefinition each -> {
                operation = each;
                directives(each.getDirectives(), DirectiveLocation.QUERY);
                each.getVariableDefinitions().forEach(this::variable);
                GraphQLType root = switch (each.getOperation()) {
                    case QUERY -> schema.getQueryType();
                    case MUTATION -> schema.getMutationType();
                    case SUBSCRIPTION -> schema.getSubscriptionType();
                };
                selections(each.getSelectionSet(), root, each.getOperation() == OperationDefinition.Operation.MUTATION);
            }
            case FragmentDefinition fragment -> {
                operation = null;
                directives(fragment.getDirectives(), DirectiveLocation.FRAGMENT_DEFINITION);
                selections(
                        fragment.getSelectionSet(),
                        type(fragment.getTypeCondition(), GraphQLCompositeType.class),
                        false);
            }
            default -> {
                // A definition of a schema: the engine tells.
            }
        }
    }

    private void variable(VariableDefinition variable) {
        directives(variable.getDirectives(), DirectiveLocation.VARIABLE_DEFINITION);
        if (type(named(variable.getType()), GraphQLInputType.class) == null || variable.getDefaultValue() == null) {
            return;
        }
        GraphQLType type = graphql.execution.TypeFromAST.getTypeFromAST(schema, variable.getType());
        if (type instanceof GraphQLInputType) {
            InputErrors input = new InputErrors(hints);
            input.literal(List.of(variable.getName()), type, variable.getDefaultValue());
            input.objections()
                    .forEach(objection -> report(
                            () -> "The default of $" + objection.message(), objection.path(), objection.location()));
        }
    }

    private static TypeName named(Type<?> type) {
        return switch (type) {
            case graphql.language.NonNullType required -> named(required.getType());
            case graphql.language.ListType list -> named(list.getType());
            case TypeName name -> name;
            default -> throw new IllegalStateException("A type of no kind: " + type);
        };
    }

    /** The type of a name; it is noted when there is none, with the near ones of the kind that is wanted. */
    private @Nullable GraphQLType type(TypeName name, Class<? extends GraphQLType> kind) {
        GraphQLType type = schema.getType(name.getName());
        if (type == null) {
            report(
                    () -> "There is no type %s.%s"
                            .formatted(
                                    shortened(name.getName()),
                                    near(
                                            name.getName(),
                                            schema.getAllTypesAsList().stream()
                                                    .filter(kind::isInstance)
                                                    .map(GraphQLNamedType::getName)
                                                    .filter(each -> !each.startsWith("__"))
                                                    .toList())),
                    List.of(),
                    name.getSourceLocation());
        }
        return type;
    }

    private void selections(@Nullable SelectionSet selections, @Nullable GraphQLType parent, boolean mutations) {
        if (selections == null) {
            return;
        }
        for (Selection<?> selection : selections.getSelections()) {
            switch (selection) {
                case Field field -> field(field, parent, mutations);
                case InlineFragment inline -> {
                    directives(inline.getDirectives(), DirectiveLocation.INLINE_FRAGMENT);
                    TypeName condition = inline.getTypeCondition();
                    selections(
                            inline.getSelectionSet(),
                            condition == null ? parent : type(condition, GraphQLCompositeType.class),
                            mutations);
                }
                case FragmentSpread spread -> spread(spread);
                default -> throw new IllegalStateException("A selection of no kind: " + selection);
            }
        }
    }

    private void spread(FragmentSpread spread) {
        directives(spread.getDirectives(), DirectiveLocation.FRAGMENT_SPREAD);
        Set<String> known = new TreeSet<>();
        document.getDefinitionsOfType(FragmentDefinition.class).forEach(each -> known.add(each.getName()));
        if (!known.contains(spread.getName())) {
            report(
                    () -> "The document has no fragment %s.%s"
                            .formatted(shortened(spread.getName()), nearInDocument(spread.getName(), known)),
                    List.of(),
                    spread.getSourceLocation());
        }
    }

    private void field(Field field, @Nullable GraphQLType parent, boolean mutation) {
        directives(field.getDirectives(), DirectiveLocation.FIELD);
        if (!(parent instanceof GraphQLCompositeType composite)) {
            // What it is a field of is wrong, and told.
            return;
        }
        GraphQLFieldDefinition definition = VariableUse.definition(schema, parent, field.getName());
        if (definition == null) {
            report(
                    () -> "%s has no field %s.%s"
                            .formatted(
                                    composite.getName(),
                                    shortened(field.getName()),
                                    near(field.getName(), fieldNames(composite))),
                    List.of(),
                    field.getSourceLocation());
            return;
        }
        arguments(
                field.getArguments(),
                definition.getArguments(),
                field.getName(),
                field,
                mutation ? definition : null,
                field.getResultKey());
        body(field, (GraphQLNamedType) GraphQLTypeUtil.unwrapAll(definition.getType()));
    }

    private static List<String> fieldNames(GraphQLNamedType type) {
        return type instanceof GraphQLFieldsContainer fields
                ? fields.getFieldDefinitions().stream()
                        .map(GraphQLFieldDefinition::getName)
                        .toList()
                : List.of("__typename");
    }

    private void body(Field field, GraphQLNamedType type) {
        boolean composite = type instanceof GraphQLCompositeType;
        if (composite && field.getSelectionSet() == null) {
            report(
                    () -> "%s is of type %s: say which of its fields you want%s."
                            .formatted(field.getName(), type.getName(), example(field, type)),
                    List.of(),
                    field.getSourceLocation());
        } else if (!composite && field.getSelectionSet() != null) {
            report(
                    () -> "%s is of type %s, which has no fields: leave out what is in braces behind it."
                            .formatted(field.getName(), type.getName()),
                    List.of(),
                    field.getSourceLocation());
        } else {
            selections(field.getSelectionSet(), type, false);
        }
    }

    private String example(Field field, GraphQLNamedType type) {
        List<String> names = fieldNames(type);
        List<String> shown =
                names.contains("id") ? List.of("id") : names.subList(0, Math.min(MOST_EXAMPLE, names.size()));
        return hints ? ", such as " + field.getName() + " { " + String.join(" ", shown) + " }" : "";
    }

    private void directives(List<Directive> directives, DirectiveLocation at) {
        for (Directive directive : directives) {
            GraphQLDirective definition = schema.getDirective(directive.getName());
            if (definition == null) {
                report(
                        () -> "There is no directive @%s.%s"
                                .formatted(
                                        shortened(directive.getName()),
                                        near(
                                                "@" + directive.getName(),
                                                schema.getDirectives().stream()
                                                        .filter(each -> each.validLocations()
                                                                .contains(at))
                                                        .map(each -> "@" + each.getName())
                                                        .toList())),
                        List.of(),
                        directive.getSourceLocation());
            } else {
                arguments(
                        directive.getArguments(),
                        definition.getArguments(),
                        "@" + directive.getName(),
                        directive,
                        null,
                        null);
            }
        }
    }

    private void arguments(
            List<Argument> given,
            List<GraphQLArgument> definitions,
            String of,
            Node<?> owner,
            @Nullable GraphQLFieldDefinition mutation,
            @Nullable String key) {
        Map<String, GraphQLArgument> known = new LinkedHashMap<>();
        definitions.forEach(each -> known.put(each.getName(), each));
        Set<String> names = new TreeSet<>();
        for (Argument argument : given) {
            names.add(argument.getName());
            GraphQLArgument definition = known.get(argument.getName());
            if (definition == null) {
                report(
                        () -> "%s has no argument %s.%s"
                                .formatted(of, shortened(argument.getName()), near(argument.getName(), known.keySet())),
                        List.of(argument.getName()),
                        argument.getSourceLocation());
            } else {
                literal(argument, definition, of, mutation, key);
            }
        }
        for (GraphQLArgument definition : definitions) {
            boolean required = definition.getType() instanceof GraphQLNonNull && !definition.hasSetDefaultValue();
            if (required && !names.contains(definition.getName())) {
                report(
                        () -> "%s needs the argument %s, of type %s."
                                .formatted(of, definition.getName(), GraphQLTypeUtil.simplePrint(definition.getType())),
                        List.of(definition.getName()),
                        owner.getSourceLocation());
            }
        }
    }

    private void literal(
            Argument argument,
            GraphQLArgument definition,
            String of,
            @Nullable GraphQLFieldDefinition mutation,
            @Nullable String key) {
        InputErrors input = new InputErrors(hints);
        input.literal(List.of(argument.getName()), definition.getType(), argument.getValue());
        for (InputErrors.Objection objection : input.objections()) {
            if (operation != null && mutation != null && key != null && BulkRows.isRow(mutation, objection.path())) {
                rows.computeIfAbsent(operation, each -> new LinkedHashMap<>())
                        .computeIfAbsent(key, each -> new ArrayList<>())
                        .add(objection);
            } else {
                report(() -> "In " + of + ": " + objection.message(), objection.path(), objection.location());
            }
        }
    }

    private String near(String name, Collection<String> known) {
        return hints ? NearName.question(name, known) : "";
    }

    private static String nearInDocument(String name, Collection<String> known) {
        return NearName.question(name, known);
    }

    /** Of errors with the same words, which are those of the same name, one is told with all its places. */
    private void report(Supplier<String> message, List<String> field, @Nullable SourceLocation location) {
        if (errors.size() >= FieldErrors.MOST_ERRORS) {
            // Counted only: looking for near names takes its time.
            errors.add(error("", location, field));
            return;
        }
        String text = message.get();
        Integer known = positions.putIfAbsent(text, errors.size());
        if (known == null) {
            errors.add(error(text, location, field));
        } else if (location != null && errors.get(known).locations().size() < MOST_PLACES) {
            ClientError first = errors.get(known);
            List<SourceLocation> places = new ArrayList<>(first.locations());
            places.add(location);
            errors.set(known, new ClientError(text, first.code(), first.field(), null, places, null, null));
        }
    }

    private static ClientError error(String message, @Nullable SourceLocation location, List<String> field) {
        return new ClientError(
                message,
                Problem.Code.INVALID.name(),
                field,
                null,
                location == null ? List.of() : List.of(location),
                null,
                null);
    }

    private static String shortened(String name) {
        return Messages.shortened(name, MOST_NAME);
    }

    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    /** What the engine found, in words of this API; it names in quotes what it is about. */
    private void translate(String kind, GraphQLError error) {
        List<String> names = new ArrayList<>();
        Matcher quoted = QUOTED.matcher(String.valueOf(error.getMessage()));
        while (quoted.find()) {
            names.add(shortened(quoted.group(1)));
        }
        String name = names.isEmpty() ? "" : names.getFirst();
        SourceLocation location =
                error.getLocations() == null || error.getLocations().isEmpty()
                        ? null
                        : error.getLocations().getFirst();
        switch (kind) {
            case "MaxQueryDepthExceeded", "MaxQueryFieldsExceeded" ->
                errors.add(ClientError.of(
                        Problem.Code.LIMIT_REACHED.name(),
                        kind.equals("MaxQueryDepthExceeded")
                                ? "The document is too deep: nest fewer fields."
                                : "The document asks for too many fields."));
            case "MaxValidationErrorsReached" -> {
                // Told by how many more there are.
            }
            default -> report(() -> text(kind, name, names), List.of(), location);
        }
    }

    private String text(String kind, String name, List<String> names) {
        return switch (kind) {
            case "UndefinedVariable" ->
                "The variable $%s is not declared.%s".formatted(name, nearInDocument(name, declaredVariables()));
            case "UnusedVariable" -> "The variable $%s is declared but not used.".formatted(name);
            case "UnusedFragment" -> "The fragment %s is declared but not used.".formatted(name);
            case "FragmentCycle" -> "A fragment contains itself, directly or through others.";
            case "FieldsConflict" ->
                "Two different fields would answer as %s: give one of them another alias.".formatted(name);
            case "LoneAnonymousOperationViolation" ->
                "An anonymous operation must be the only one: give each operation a name.";
            case "DuplicateOperationName" -> "Several operations are named %s.".formatted(name);
            case "DuplicateFragmentName" -> "Several fragments are named %s.".formatted(name);
            case "DuplicateArgumentNames" -> "The argument %s is given twice.".formatted(name);
            case "DuplicateVariableName" -> "The variable $%s is declared twice.".formatted(name);
            case "DuplicateDirectiveName" -> "The directive @%s stands twice at one place.".formatted(name);
            case "UniqueObjectFieldName" -> "The field %s is given twice in one object.".formatted(name);
            case "VariableTypeMismatch" ->
                "The variable $%s is of type %s, but stands where %s is expected."
                        .formatted(name, at(names, 1), at(names, 2));
            case "NonInputTypeOnVariable" ->
                "The variable $%s cannot be of type %s, which is for answers.".formatted(name, at(names, 1));
            case "InvalidFragmentType" ->
                "A fragment stands where it can never apply: no object there is of type %s."
                        .formatted(names.isEmpty() ? "" : names.getLast());
            case "InlineFragmentTypeConditionInvalid", "FragmentTypeConditionInvalid" ->
                "A fragment must be on a type that has fields.";
            case "MisplacedDirective" -> "The directive @%s is not allowed here.".formatted(name);
            case "NonExecutableDefinition" ->
                "Only operations and fragments can be executed, not definitions of a schema.";
            case "SubscriptionMultipleRootFields" -> "A subscription must ask for exactly one field.";
            case "SubscriptionIntrospectionRootField" ->
                "A subscription cannot ask for the schema or for __typename alone.";
            case "UnknownOperation" -> "There are no operations of this kind.";
            default -> "This does not fit the schema.";
        };
    }

    private static String at(List<String> names, int index) {
        return names.size() > index ? names.get(index) : "another";
    }

    private Set<String> declaredVariables() {
        Set<String> names = new TreeSet<>();
        document.getDefinitionsOfType(OperationDefinition.class)
                .forEach(each -> each.getVariableDefinitions().forEach(variable -> names.add(variable.getName())));
        return names;
    }

    /**
     * What is wrong with a text that is no document.
     *
     * @param text the whole
     */
    static ClientError of(String text, InvalidSyntaxException refused) {
        SourceLocation location = refused.getLocation();
        String token = refused.getOffendingToken();
        String reason;
        if (text.isBlank()) {
            reason = "it is empty";
        } else if (refused instanceof InvalidUnicodeSyntaxException) {
            reason = "an escape in a text stands for no character or for half of one (a lone surrogate)";
        } else if (refused instanceof MoreTokensSyntaxException && token != null) {
            reason = "\"" + shortened(token) + "\" comes after its end";
        } else if (token != null) {
            reason = token.equals("<EOF>")
                    ? "it ends too early; a brace, a parenthesis or a name is missing"
                    : "\"" + shortened(token) + "\" is not expected there";
        } else {
            reason = unreadable(location == null ? "" : rest(text, location));
        }
        String where =
                location == null ? "" : " at line %d column %d".formatted(location.getLine(), location.getColumn());
        return error("The document has a syntax error%s: %s.".formatted(where, reason), location, List.of());
    }

    private static String rest(String text, SourceLocation location) {
        List<String> lines = text.lines().toList();
        String line = location.getLine() <= lines.size() ? lines.get(Math.max(location.getLine() - 1, 0)) : "";
        return line.substring(Math.clamp(location.getColumn() - 1L, 0, line.length()));
    }

    private static String unreadable(String rest) {
        if (rest.isEmpty()) {
            return "something there belongs to no token of GraphQL";
        }
        char first = rest.charAt(0);
        if (first == '"') {
            return "a text does not end on its line, or has an escape that there is not";
        }
        if (first == '\'') {
            return "a text stands in double quotes, not in single ones";
        }
        if (first == '-' || Character.isDigit(first)) {
            return "this is no number of GraphQL, or a numeric literal of too many digits";
        }
        int codePoint = rest.codePointAt(0);
        return Character.isSurrogate(first) && !Character.isSupplementaryCodePoint(codePoint)
                ? "half a character (a lone surrogate) stands there"
                : "the character U+%04X is not allowed there".formatted(codePoint);
    }
}

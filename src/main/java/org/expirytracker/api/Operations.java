package org.expirytracker.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import graphql.GraphQLError;
import graphql.ParseAndValidate;
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
import graphql.language.TypeName;
import graphql.language.Value;
import graphql.language.VariableDefinition;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import graphql.parser.ParserEnvironment;
import graphql.parser.ParserOptions;
import graphql.parser.exceptions.ParseCancelledException;
import graphql.parser.exceptions.ParseCancelledTooDeepException;
import graphql.parser.exceptions.ParseCancelledTooManyCharsException;
import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLAppliedDirectiveArgument;
import graphql.schema.GraphQLCompositeType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import graphql.validation.GoodFaithIntrospectionExceeded;
import graphql.validation.QueryComplexityLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What clients ask, made ready once and kept: parsed, held against the limits, validated, priced. Everything here
 * happens before any of it is executed.
 */
final class Operations {

    /** Least an operation costs, even when it asks for no object. */
    static final int LEAST_COST = 1;

    /** Most an operation may cost. */
    static final int MOST_COST = 10_000;

    static final int MOST_CHARACTERS = 100_000;
    static final int MOST_TOKENS = 5_000;
    static final int MOST_DEPTH = 15;
    static final int MOST_ALIASES = 15;
    static final int MOST_DIRECTIVES = 50;
    static final int MOST_ROOT_FIELDS = 30;

    /** Deep enough for {@link #MOST_DEPTH} fields and the values in them; keeps the parser off the stack's end. */
    private static final int MOST_GRAMMAR_DEPTH = 200;

    private static final int MOST_PRICE_STEPS = 20_000;
    private static final int MOST_CACHED_CHARACTERS = 16_384;
    private static final int CACHE_CHARACTERS = 262_144;
    private static final Duration CACHED = Duration.ofHours(1);

    private static final ParserOptions PARSING = ParserOptions.newParserOptions()
            .captureIgnoredChars(false)
            .captureLineComments(false)
            .captureSourceLocation(true)
            .readerTrackData(false)
            .maxCharacters(MOST_CHARACTERS)
            .maxTokens(MOST_TOKENS)
            .maxWhitespaceTokens(MOST_CHARACTERS)
            .maxRuleDepth(MOST_GRAMMAR_DEPTH)
            .redactTokenParserErrorMessages(false)
            .build();

    // The standard introspection query is deeper than any query of data need be; that depth is checked apart.
    private static final QueryComplexityLimits VALIDATING = QueryComplexityLimits.newLimits()
            .maxDepth(2 * MOST_DEPTH)
            .maxFieldsCount(MOST_TOKENS)
            .build();

    private final GraphQLSchema schema;
    private final AccessRules access;
    private final Set<String> bulkPayloads;
    private final Cache<String, Prepared> cache;
    private final Map<String, Prepared> trusted = new HashMap<>();

    /**
     * Operations on a schema.
     *
     * @param trusted documents that are made ready at once, and stay so
     * @throws IllegalArgumentException when one of these may not be executed, naming each and why
     */
    Operations(GraphQLSchema schema, AccessRules access, Set<String> trusted) {
        this.schema = schema;
        this.access = access;
        this.bulkPayloads = BulkRows.payloads(schema);
        this.cache = Caffeine.newBuilder()
                .maximumWeight(CACHE_CHARACTERS)
                // A document may hold what its user wrote, who may be gone by then.
                .expireAfterWrite(CACHED)
                .weigher((String text, Prepared prepared) -> Math.max(text.length(), 256))
                .executor(Runnable::run)
                .build();
        List<String> unfit = new ArrayList<>();
        for (String text : trusted) {
            Prepared prepared = prepare(text, true);
            this.trusted.put(text, prepared);
            if (!prepared.isFit()) {
                unfit.add("%s: %s"
                        .formatted(
                                Messages.shortened(text.strip().replaceAll("\\s+", " "), 60),
                                prepared.errors().getFirst().message()));
            }
        }
        if (!unfit.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", unfit));
        }
    }

    /**
     * A document that may be executed, or why it may not.
     *
     * @param document also when it may not, as far as it can be parsed
     * @param errors empty when it may
     */
    record Prepared(@Nullable Document document, List<Operation> operations, List<ClientError> errors) {

        /** Whether it may be executed. */
        boolean isFit() {
            return document != null && errors.isEmpty();
        }

        /**
         * The operation to execute.
         *
         * @param name null when the document has only one
         * @throws Problem {@code INVALID} when there is none of that name, or no telling which
         */
        Operation operation(@Nullable String name) {
            if (name == null || name.isEmpty()) {
                if (operations.size() == 1) {
                    return operations.getFirst();
                }
                throw Problem.at(
                        Problem.Code.INVALID,
                        List.of("operationName"),
                        "The document has several operations: name one in operationName.");
            }
            return operations.stream()
                    .filter(operation -> name.equals(operation.definition.getName()))
                    .findFirst()
                    .orElseThrow(() -> Problem.at(
                            Problem.Code.INVALID,
                            List.of("operationName"),
                            "The document has no operation named " + Messages.shortened(name, 50) + "."));
        }
    }

    /**
     * One operation of a document.
     *
     * @param introspects whether it asks for the schema
     * @param checksCredential whether it checks a password, a code or a token
     * @param needs what a caller must hold; empty when it is open to anybody
     * @param variables where they stand
     * @param rows what is written in the document and cannot be read in rows of mutations, by their names in the answer
     * @param holdsSecret whether it asks for something that lets its holder in
     * @param plans by which it is executed
     */
    record Operation(
            OperationDefinition definition,
            Price price,
            boolean introspects,
            boolean checksCredential,
            Set<Access> needs,
            List<VariableUse> variables,
            Map<String, List<InputErrors.Objection>> rows,
            boolean holdsSecret,
            Plans plans) {

        /** Without what is written in it: there may be a password among it. */
        @Override
        public String toString() {
            return "Operation[" + kind() + "]";
        }

        OperationDefinition.Operation kind() {
            return definition.getOperation();
        }

        /**
         * What it costs with these variables.
         *
         * @throws Problem {@code LIMIT_REACHED} above {@link #MOST_COST}, {@code INVALID} for a page of impossible size
         */
        int cost(Map<String, Object> variables) {
            long cost = price.of(new Price.Variables(variables, defaults()), 1);
            if (cost > MOST_COST) {
                throw Problem.of(
                        Problem.Code.LIMIT_REACHED,
                        "This operation costs %s; at most %d is allowed. Ask for smaller pages or fewer nested lists."
                                .formatted(cost == Price.CEILING ? "more than " + cost : cost, MOST_COST));
            }
            return (int) Math.max(LEAST_COST, cost);
        }

        /** Whether {@link #cost} is not refused for its size. */
        boolean isAffordable(Map<String, Object> variables) {
            return price.of(new Price.Variables(variables, defaults()), 1) <= MOST_COST;
        }

        private Map<String, Value<?>> defaults() {
            if (definition.getVariableDefinitions().isEmpty()) {
                return Map.of();
            }
            Map<String, Value<?>> defaults = new HashMap<>();
            for (VariableDefinition variable : definition.getVariableDefinitions()) {
                if (variable.getDefaultValue() != null) {
                    defaults.put(variable.getName(), variable.getDefaultValue());
                }
            }
            return defaults;
        }
    }

    /**
     * Makes a document ready, or finds it ready.
     *
     * @param hints whether what is said of a document that is wrong may tell what the schema has
     */
    Prepared prepare(String text, boolean hints) {
        Prepared listed = trusted.get(text);
        if (listed != null) {
            return listed;
        }
        Prepared kept = cache.getIfPresent(text);
        if (kept != null) {
            return kept;
        }
        Prepared fresh;
        try {
            fresh = parsed(text, hints);
        } catch (Problem problem) {
            fresh = new Prepared(null, List.of(), FieldErrors.of(problem));
        }
        if (fresh.errors.isEmpty() && text.length() <= MOST_CACHED_CHARACTERS) {
            cache.put(text, fresh);
        }
        return fresh;
    }

    private Prepared parsed(String text, boolean hints) {
        Document document;
        try {
            document = new Parser()
                    .parseDocument(ParserEnvironment.newParserEnvironment()
                            .document(text)
                            .parserOptions(PARSING)
                            .locale(Locale.ROOT)
                            .build());
        } catch (ParseCancelledTooDeepException
                | ParseCancelledTooManyCharsException
                | ParseCancelledException tooLarge) {
            throw limit("The document is longer or deeper than is allowed: at most %d tokens and %d characters."
                    .formatted(MOST_TOKENS, MOST_CHARACTERS));
        } catch (InvalidSyntaxException wrong) {
            return new Prepared(null, List.of(), List.of(DocumentErrors.of(text, wrong)));
        }
        checkSyntax(document);
        return validated(document, text.length(), hints);
    }

    private Prepared validated(Document document, int characters, boolean hints) {
        List<? extends GraphQLError> errors = validate(document);
        if (errors.isEmpty()) {
            return compiled(document, characters, Map.of());
        }
        DocumentErrors.Found found = DocumentErrors.of(schema, document, errors, hints);
        if (found.errors().isEmpty()) {
            Document repaired = BulkRows.repaired(schema, document);
            List<? extends GraphQLError> left = validate(repaired);
            if (left.isEmpty()) {
                return compiled(repaired, characters, rowsByName(found));
            }
        }
        return new Prepared(document, List.of(), found.all());
    }

    /** Operations of one document have different names. */
    private static Map<String, Map<String, List<InputErrors.Objection>>> rowsByName(DocumentErrors.Found found) {
        Map<String, Map<String, List<InputErrors.Objection>>> rows = new HashMap<>();
        found.rows().forEach((operation, mutations) -> rows.put(String.valueOf(operation.getName()), mutations));
        return rows;
    }

    private List<? extends GraphQLError> validate(Document document) {
        try {
            return ParseAndValidate.validate(schema, document, rule -> true, Locale.ROOT, VALIDATING);
        } catch (GoodFaithIntrospectionExceeded exceeded) {
            throw limit("The schema is asked for in circles or too often: send the standard introspection query"
                    + " as it is.");
        }
    }

    private Prepared compiled(
            Document document, int characters, Map<String, Map<String, List<InputErrors.Objection>>> rows) {
        Compiler compiler = new Compiler(schema, access, bulkPayloads, document, characters);
        List<Operation> operations = new ArrayList<>();
        for (OperationDefinition definition : document.getDefinitionsOfType(OperationDefinition.class)) {
            operations.add(
                    compiler.compile(definition, rows.getOrDefault(String.valueOf(definition.getName()), Map.of())));
        }
        return new Prepared(document, operations, List.of());
    }

    /** What can be counted without the schema, so that validation need not complain of each of ten thousand things. */
    private static void checkSyntax(Document document) {
        int aliases = 0;
        int directives = 0;
        int operations = 0;
        Deque<Node<?>> open = new ArrayDeque<>();
        for (Definition<?> definition : document.getDefinitions()) {
            operations += definition instanceof OperationDefinition ? 1 : 0;
            open.push(definition);
        }
        if (operations == 0) {
            throw Problem.of(Problem.Code.INVALID, "The document has no operation.");
        }
        while (!open.isEmpty()) {
            Node<?> node = open.pop();
            aliases += node instanceof Field field && field.getAlias() != null ? 1 : 0;
            directives += node instanceof Directive ? 1 : 0;
            for (Node<?> child : node.getChildren()) {
                open.push(child);
            }
        }
        atMost(aliases, MOST_ALIASES, "aliases");
        atMost(directives, MOST_DIRECTIVES, "directives");
    }

    private static void atMost(long found, int most, String what) {
        if (found > most) {
            throw limit("The document has %d %s; at most %d are allowed.".formatted(found, what, most));
        }
    }

    private static Problem limit(String message) {
        return Problem.of(Problem.Code.LIMIT_REACHED, message);
    }

    /** Works out depth and price of the operations of one valid document; each of its fragments once. */
    private static final class Compiler {

        private final GraphQLSchema schema;
        private final AccessRules access;
        private final Set<String> bulkPayloads;
        private final int characters;
        private final Map<String, FragmentDefinition> fragments = new HashMap<>();
        private final Map<String, Part> compiled = new LinkedHashMap<>();
        private int rootFields;
        private int credentialFields;
        private boolean introspects;

        /**
         * What a selection, or a field of one, comes to.
         *
         * @param needs what a caller must hold to use all of it
         * @param ofFields of these, what the fields need: all but the type of the object that is selected from
         * @param deepNeeds of these, what the fields of the objects need that the fields answer
         * @param holdsSecret whether a field of it is {@code @secret}
         */
        private record Part(
                Price price,
                int depth,
                Set<Access> needs,
                Set<Access> ofFields,
                Set<Access> deepNeeds,
                boolean holdsSecret) {}

        Compiler(
                GraphQLSchema schema, AccessRules access, Set<String> bulkPayloads, Document document, int characters) {
            this.schema = schema;
            this.access = access;
            this.bulkPayloads = bulkPayloads;
            this.characters = characters;
            for (FragmentDefinition fragment : document.getDefinitionsOfType(FragmentDefinition.class)) {
                fragments.put(fragment.getName(), fragment);
            }
        }

        Operation compile(OperationDefinition definition, Map<String, List<InputErrors.Objection>> rows) {
            rootFields = 0;
            credentialFields = 0;
            introspects = false;
            GraphQLFieldsContainer root = switch (definition.getOperation()) {
                case QUERY -> schema.getQueryType();
                case MUTATION -> schema.getMutationType();
                case SUBSCRIPTION -> schema.getSubscriptionType();
            };
            countRoot(definition.getSelectionSet(), Objects.requireNonNull(root));
            atMost(rootFields, MOST_ROOT_FIELDS, "fields at the root of one operation");
            if (credentialFields > 1) {
                throw limit("One operation may check one password, code or token; send a request for each.");
            }
            Part part = compile(definition.getSelectionSet(), Objects.requireNonNull(root));
            if (part.depth > MOST_DEPTH) {
                throw limit(
                        "The document is %d fields deep; at most %d are allowed.".formatted(part.depth, MOST_DEPTH));
            }
            if (part.price.steps() > MOST_PRICE_STEPS) {
                throw limit("The document repeats its fragments too often.");
            }
            return new Operation(
                    definition,
                    part.price,
                    introspects,
                    credentialFields > 0,
                    part.needs,
                    VariableUse.of(schema, fragments, definition),
                    rows,
                    part.holdsSecret,
                    new Plans(definition, fragments, characters));
        }

        /** Every occurrence counts, through fragments as well; the way there is kept short by the limit itself. */
        private void countRoot(SelectionSet selections, GraphQLFieldsContainer root) {
            for (Selection<?> selection : selections.getSelections()) {
                switch (selection) {
                    case Field field -> {
                        rootFields++;
                        GraphQLFieldDefinition definition = root.getFieldDefinition(field.getName());
                        credentialFields += definition != null && access.checksCredential(root, definition) ? 1 : 0;
                        introspects |= isIntrospection(field);
                    }
                    case InlineFragment inline -> countRoot(inline.getSelectionSet(), root);
                    case FragmentSpread spread -> {
                        // A spread of fragments that hold no field at all still counts, or it could be repeated for
                        // ever.
                        rootFields++;
                        FragmentDefinition fragment = fragments.get(spread.getName());
                        if (fragment != null && rootFields <= MOST_ROOT_FIELDS) {
                            countRoot(fragment.getSelectionSet(), root);
                        }
                    }
                    default -> throw new IllegalStateException("A selection of no kind: " + selection);
                }
            }
        }

        private Part compile(@Nullable SelectionSet selections, GraphQLNamedType type) {
            if (selections == null) {
                return new Part(Price.FREE, 0, Set.of(), Set.of(), Set.of(), false);
            }
            List<Price> prices = new ArrayList<>();
            Set<Access> needs = new LinkedHashSet<>();
            access.ofType(type).ifPresent(needs::add);
            Set<Access> ofFields = new LinkedHashSet<>();
            Set<Access> deepNeeds = new LinkedHashSet<>();
            int depth = 0;
            boolean holdsSecret = false;
            for (Selection<?> selection : selections.getSelections()) {
                Part part = switch (selection) {
                    case Field field -> compile(field, type);
                    case InlineFragment inline ->
                        compile(inline.getSelectionSet(), named(inline.getTypeCondition(), type));
                    case FragmentSpread spread -> compileFragment(spread.getName());
                    default -> throw new IllegalStateException("A selection of no kind: " + selection);
                };
                prices.add(part.price);
                needs.addAll(part.needs);
                ofFields.addAll(part.ofFields);
                deepNeeds.addAll(part.deepNeeds);
                depth = Math.max(depth, part.depth);
                holdsSecret |= part.holdsSecret;
            }
            return new Part(Price.Sum.of(prices), depth, needs, ofFields, deepNeeds, holdsSecret);
        }

        private Part compileFragment(String name) {
            Part known = compiled.get(name);
            if (known != null) {
                return known;
            }
            FragmentDefinition fragment = fragments.get(name);
            if (fragment == null) {
                throw new IllegalStateException("A valid document without its fragment " + name);
            }
            Part part = compile(fragment.getSelectionSet(), named(fragment.getTypeCondition(), schema.getQueryType()));
            compiled.put(name, part);
            return part;
        }

        private GraphQLNamedType named(@Nullable TypeName condition, GraphQLNamedType otherwise) {
            return condition != null && schema.getType(condition.getName()) instanceof GraphQLNamedType type
                    ? type
                    : otherwise;
        }

        private Part compile(Field field, GraphQLNamedType parent) {
            if (field.getName().startsWith("__")) {
                // The schema's own depth and size are bounded by Good Faith Introspection.
                return new Part(
                        isIntrospection(field) ? new Price.Objects(1, 1, Price.FREE) : Price.FREE,
                        1,
                        Set.of(),
                        Set.of(),
                        Set.of(),
                        false);
            }
            GraphQLFieldDefinition definition =
                    parent instanceof GraphQLFieldsContainer fields ? fields.getFieldDefinition(field.getName()) : null;
            if (definition == null) {
                throw new IllegalStateException("A valid document with an unknown field " + field.getName());
            }
            refuseTrial(field, parent, definition);
            GraphQLNamedType type = (GraphQLNamedType) GraphQLTypeUtil.unwrapAll(definition.getType());
            Part body = compile(field.getSelectionSet(), type);
            Set<Access> needs = needs(parent, definition, body);
            return new Part(
                    price(field, definition, parent, type, body.price),
                    body.depth + 1,
                    needs,
                    /* ofFields= */ needs,
                    /* deepNeeds= */ body.ofFields,
                    body.holdsSecret || AccessRules.isSecret(definition));
        }

        /** Where nothing would take it back, {@code @dryRun} does not stand. */
        private void refuseTrial(Field field, GraphQLNamedType parent, GraphQLFieldDefinition definition) {
            boolean possible = parent.equals(schema.getMutationType())
                    && access.ofField(parent, definition).equals(Optional.of(ItemsAccess.WRITE));
            if (!possible && field.hasDirective(PlanField.DRY_RUN)) {
                throw Problem.of(
                        Problem.Code.INVALID,
                        "@dryRun stands on mutations of items and categories, and not on %s."
                                .formatted(field.getName()));
            }
        }

        private Set<Access> needs(GraphQLNamedType parent, GraphQLFieldDefinition definition, Part body) {
            if (access.isOpen(parent, definition)) {
                // Its payload shows the account that was just proven; whatever hangs on that is asked for by the
                // caller.
                return body.deepNeeds;
            }
            Set<Access> needs = new LinkedHashSet<>();
            access.ofField(parent, definition).ifPresent(needs::add);
            needs.addAll(body.needs);
            return needs;
        }

        private Price price(
                Field field,
                GraphQLFieldDefinition definition,
                GraphQLNamedType parent,
                GraphQLNamedType type,
                Price body) {
            if (parent.equals(schema.getMutationType())) {
                String rows = BulkRows.listOf(definition);
                return rows == null
                        ? new Price.Objects(1, declared(definition, "price", "points", Price.MUTATION), body)
                        : new Price.ByRows(argument(field, "input"), rows, body);
            }
            boolean leaf = !(type instanceof GraphQLCompositeType);
            if (parent.equals(schema.getQueryType()) && leaf && !field.getName().startsWith("__")) {
                boolean export = type.getName().equals(Scalars.JSON.getName());
                return new Price.Objects(export ? Price.EXPORT : 1, 1, body);
            }
            if (!(type instanceof GraphQLFieldsContainer)) {
                return Price.FREE;
            }
            if (definition.getArgument("first") != null) {
                return new Price.Paged(
                        field.getName(),
                        argument(field, "first"),
                        argument(field, "last"),
                        argument(field, "filter"),
                        declared(definition, "pageSize", "most", Page.MOST),
                        body);
            }
            if (isPage(parent) && field.getName().equals("nodes")) {
                return new Price.PerNode(1, body);
            }
            if (AccessRules.isConnection(parent) && field.getName().equals("edges")) {
                return new Price.PerNode(0, body);
            }
            Value<?> ids = argument(field, "ids");
            if (ids != null) {
                return new Price.ByIds(field.getName(), ids, body);
            }
            boolean list = GraphQLTypeUtil.isList(GraphQLTypeUtil.unwrapNonNull(definition.getType()));
            if (list
                    && bulkPayloads.contains(parent.getName())
                    && !type.getName().equals("UserError")) {
                return new Price.PerNode(0, body);
            }
            if (list && definition.getArgument("from") != null) {
                return new Price.PerInterval(
                        argument(field, "from"), argument(field, "to"), argument(field, "by"), body);
            }
            boolean few = !list || type.getName().equals("UserError");
            return new Price.Objects(few ? 1 : declared(definition, "listSize", "assumedSize", Price.LISTED), 1, body);
        }

        /** Whether objects of a type are what a field with {@code first} answers. */
        private static boolean isPage(GraphQLNamedType type) {
            return AccessRules.isConnection(type) || type.getName().endsWith("Page");
        }

        /** What a directive of the schema tells of a field. */
        private static int declared(
                GraphQLFieldDefinition definition, String directive, String argument, int otherwise) {
            GraphQLAppliedDirective declared = definition.getAppliedDirective(directive);
            GraphQLAppliedDirectiveArgument number = declared == null ? null : declared.getArgument(argument);
            Integer value = number == null ? null : number.getValue();
            return value == null ? otherwise : value;
        }

        private static boolean isIntrospection(Field field) {
            return field.getName().equals("__schema") || field.getName().equals("__type");
        }

        private static @Nullable Value<?> argument(Field field, String name) {
            for (Argument argument : field.getArguments()) {
                if (argument.getName().equals(name)) {
                    return argument.getValue();
                }
            }
            return null;
        }
    }
}

package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import graphql.TrivialDataFetcher;
import graphql.schema.DataFetcher;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import graphql.schema.idl.TypeRuntimeWiring;
import graphql.schema.idl.UnExecutableSchemaGenerator;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Placement;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.limits.Toll;
import org.jspecify.annotations.Nullable;

/**
 * Joins the schema and the rooms into an engine. A root field without a fetcher, and two rooms that claim one field,
 * stop the start.
 */
public final class GraphQLFactory implements Fetchers {

    private static final String SCHEMA = "/schema.graphqls";

    /** Parsed once for all engines: graphql-java only reads it. */
    private static final class Product {

        static final TypeDefinitionRegistry TYPES = new SchemaParser().parse(schemaText());
    }

    private Map<NodeId.Type, Wiring.Node<?>> nodeTypes = Map.of();
    private @Nullable AccessRules access;

    private GraphQLFactory() {}

    /**
     * The engine of one event loop, over the product's schema.
     *
     * @param documents one for the process
     * @param placement finds out from where queries may read
     */
    public static GraphQLEngine engine(
            Vertx vertx,
            Toll toll,
            BytesInFlight inFlight,
            PersistedDocuments documents,
            List<? extends Fetchers> rooms,
            Placement placement) {
        return engine(vertx, toll, inFlight, documents, Product.TYPES, rooms, placement);
    }

    /** Reads the product's schema, which takes a while in a young process, before the first engine does. */
    public static void prepare() {
        Objects.requireNonNull(Product.TYPES);
    }

    /** The product's schema as it was parsed, which must not be changed. */
    static TypeDefinitionRegistry types() {
        return Product.TYPES;
    }

    /** As {@link #engine(Vertx, Toll, BytesInFlight, PersistedDocuments, List, Placement)}, over another schema. */
    public static GraphQLEngine engine(
            Vertx vertx,
            Toll toll,
            BytesInFlight inFlight,
            PersistedDocuments documents,
            String schemaText,
            List<? extends Fetchers> rooms) {
        return engine(vertx, toll, inFlight, documents, new SchemaParser().parse(schemaText), rooms, Placement.PRIMARY);
    }

    private static GraphQLEngine engine(
            Vertx vertx,
            Toll toll,
            BytesInFlight inFlight,
            PersistedDocuments documents,
            TypeDefinitionRegistry types,
            List<? extends Fetchers> rooms,
            Placement placement) {
        RuntimeWiring.Builder runtime = RuntimeWiring.newRuntimeWiring();
        Wiring wiring = new Wiring();
        GraphQLSchema schema = schema(types, runtime, wiring, rooms);
        return new GraphQLEngine(
                vertx,
                schema,
                new FieldErrors(),
                new Operations(schema, new AccessRules(schema), documents.trusted()),
                documents,
                toll,
                inFlight,
                wiring.loaders(),
                new PlanCompiler(schema, wiring, typesOf(wiring)),
                placement);
    }

    /**
     * Checks that every document that the operator trusts may be executed, before anything is started.
     *
     * @throws IllegalArgumentException naming each that may not, and why
     */
    public static void check(PersistedDocuments documents) {
        GraphQLSchema schema = UnExecutableSchemaGenerator.makeUnExecutableSchema(Product.TYPES);
        new Operations(schema, new AccessRules(schema), documents.trusted());
    }

    /** The product's schema with its fetchers, for checks of the whole. */
    public static GraphQLSchema schema(List<? extends Fetchers> rooms) {
        RuntimeWiring.Builder runtime = RuntimeWiring.newRuntimeWiring();
        return schema(Product.TYPES, runtime, new Wiring(), rooms);
    }

    /** The product's schema as it is written. */
    public static String schemaText() {
        try (InputStream resource = GraphQLFactory.class.getResourceAsStream(SCHEMA)) {
            if (resource == null) {
                throw new IllegalStateException("The program lacks its resource " + SCHEMA);
            }
            return new String(resource.readAllBytes(), UTF_8);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** A schema with the fetchers of rooms, which have registered what they offer when it is there. */
    static GraphQLSchema schema(
            String schemaText, RuntimeWiring.Builder runtime, Wiring wiring, List<? extends Fetchers> rooms) {
        return schema(new SchemaParser().parse(schemaText), runtime, wiring, rooms);
    }

    private static GraphQLSchema schema(
            TypeDefinitionRegistry types,
            RuntimeWiring.Builder runtime,
            Wiring wiring,
            List<? extends Fetchers> rooms) {
        Scalars.ALL.forEach(runtime::scalar);
        for (Fetchers room : rooms) {
            room.register(wiring);
        }
        GraphQLFactory nodes = new GraphQLFactory();
        nodes.register(wiring);
        GraphQLField.wire(wiring, runtime);
        typesOf(wiring)
                .forEach((type, typeOf) -> runtime.type(TypeRuntimeWiring.newTypeWiring(type)
                        .typeResolver(env ->
                                env.getSchema().getObjectType(typeOf.apply(Objects.requireNonNull(env.getObject()))))));
        runtime.type(TypeRuntimeWiring.newTypeWiring("Access").enumValues(Access::new));
        runtime.type(TypeRuntimeWiring.newTypeWiring("ApiTokenScope").enumValues(Access::new));
        runtime.type(TypeRuntimeWiring.newTypeWiring("ActivityKind").enumValues(name -> kind(wiring, name)));
        GraphQLSchema schema = new SchemaGenerator().makeExecutableSchema(types, runtime.build());
        requireFetchers(schema);
        nodes.access = new AccessRules(schema);
        return withEvents(schema);
    }

    /** Gives each field of Subscription the event that is being executed, when there is one. */
    private static GraphQLSchema withEvents(GraphQLSchema schema) {
        GraphQLObjectType root = schema.getSubscriptionType();
        if (root == null) {
            return schema;
        }
        GraphQLCodeRegistry.Builder code = GraphQLCodeRegistry.newCodeRegistry(schema.getCodeRegistry());
        for (GraphQLFieldDefinition field : root.getFieldDefinitions()) {
            DataFetcher<?> stream = schema.getCodeRegistry().getDataFetcher(root, field);
            DataFetcher<Object> streamOrEvent = env -> {
                GraphQLEngine.Event event = env.getGraphQlContext().get(GraphQLEngine.Event.class);
                return event == null ? stream.get(env) : event.value();
            };
            code.dataFetcher(FieldCoordinates.coordinates(root, field), streamOrEvent);
        }
        return schema.transformWithoutTypes(builder -> builder.codeRegistry(code.build()));
    }

    private static void requireFetchers(GraphQLSchema schema) {
        List<String> without = new ArrayList<>();
        for (GraphQLObjectType root : roots(schema)) {
            for (GraphQLFieldDefinition field : root.getFieldDefinitions()) {
                if (schema.getCodeRegistry().getDataFetcher(root, field) instanceof TrivialDataFetcher) {
                    without.add(root.getName() + "." + field.getName());
                }
            }
        }
        if (!without.isEmpty()) {
            throw new IllegalStateException("No room has a fetcher for " + String.join(", ", without));
        }
    }

    /** The types of queries, mutations and subscriptions, as far as the schema has them. */
    static List<GraphQLObjectType> roots(GraphQLSchema schema) {
        List<GraphQLObjectType> roots = new ArrayList<>();
        Optional.ofNullable(schema.getQueryType()).ifPresent(roots::add);
        Optional.ofNullable(schema.getMutationType()).ifPresent(roots::add);
        Optional.ofNullable(schema.getSubscriptionType()).ifPresent(roots::add);
        return roots;
    }

    @Override
    public void register(Wiring wiring) {
        nodeTypes = wiring.nodes();
        wiring.query("node", this::node).query("nodes", this::nodes);
    }

    /** What tells the type of a record where one of several may stand, by the name of the interface or union. */
    private static Map<String, Function<Object, String>> typesOf(Wiring wiring) {
        return Map.of("Node", object -> node(wiring, object), "ActivityState", object -> state(wiring, object));
    }

    private static String node(Wiring wiring, Object object) {
        for (Map.Entry<NodeId.Type, Wiring.Node<?>> node : wiring.nodes().entrySet()) {
            if (node.getValue().record().isInstance(object)) {
                return node.getKey().name();
            }
        }
        throw new IllegalStateException("No node type is made of such a record");
    }

    private static String state(Wiring wiring, Object object) {
        for (Map.Entry<String, Class<?>> state : wiring.states().entrySet()) {
            if (state.getValue().isInstance(object)) {
                return state.getKey();
            }
        }
        throw new IllegalStateException("No state is made of such a record");
    }

    private static ActivityKind kind(Wiring wiring, String name) {
        return wiring.declared(ActivityKind.class, name)
                .orElseThrow(() -> new IllegalStateException("No room declares the ActivityKind " + name));
    }

    private @Nullable Object node(Field field) {
        String id = field.argument("id");
        return id == null ? null : load(field, id);
    }

    private CompletableFuture<List<@Nullable Object>> nodes(Field field) {
        List<String> ids = field.<List<String>>argument("ids");
        if (ids == null) {
            return CompletableFuture.completedFuture(List.of());
        }
        if (ids.size() > Page.MOST) {
            throw Problem.at(
                    Problem.Code.INVALID,
                    List.of("ids"),
                    "ids has %d ids; at most %d are allowed.".formatted(ids.size(), Page.MOST));
        }
        List<CompletableFuture<?>> loads = new ArrayList<>();
        for (String id : ids) {
            Object load = load(field, id);
            loads.add(load instanceof CompletableFuture<?> later ? later : CompletableFuture.completedFuture(load));
        }
        return CompletableFuture.allOf(loads.toArray(CompletableFuture[]::new)).thenApply(all -> {
            List<@Nullable Object> nodes = new ArrayList<>(loads.size());
            loads.forEach(load -> nodes.add(load.join()));
            return nodes;
        });
    }

    /** An id that is malformed, of another user or of a type without nodes names nothing. */
    private @Nullable Object load(Field field, String id) {
        NodeId decoded = NodeId.decode(id, nodeTypes.keySet()).orElse(null);
        if (decoded == null) {
            return null;
        }
        String type = decoded.type().name();
        field.caller().require(Objects.requireNonNull(access).ofNode(type));
        return field.load(type, decoded.value());
    }
}

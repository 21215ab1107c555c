package org.expirytracker.api;

import graphql.language.AstPrinter;
import graphql.language.EnumTypeDefinition;
import graphql.language.FieldDefinition;
import graphql.language.ImplementingTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.ListType;
import graphql.language.NonNullType;
import graphql.language.ObjectTypeDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import graphql.language.UnionTypeDefinition;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Operations by chance, made from a schema: fragments, inline fragments, aliases, directives, the same field twice,
 * variables that are there, absent, null or wrong. Most are valid. A field has the same arguments wherever it stands in a
 * document, so that those of one name can be merged.
 */
final class RandomOperations {

    private static final int MOST_DEPTH = 7;
    private static final int MOST_ALIASES = 12;
    private static final int MOST_DIRECTIVES = 20;

    private final TypeDefinitionRegistry types;
    private final Random random;
    private final List<String> ids;
    private final Set<String> withoutFields;

    /**
     * Operations on a schema.
     *
     * @param ids that arguments of type ID may have
     * @param withoutFields fields of the roots that are not asked for
     */
    RandomOperations(String schema, Random random, List<String> ids, Set<String> withoutFields) {
        this.types = new SchemaParser().parse(schema);
        this.random = random;
        this.ids = ids;
        this.withoutFields = withoutFields;
    }

    /** A document with one operation, and its variables. */
    record Made(String document, Map<String, Object> variables) {}

    Made query() {
        return new Writer().query();
    }

    /** A subscription to one field, whose type is named. */
    Made subscription(String field, String type) {
        return new Writer().subscription(field, type);
    }

    private final class Writer {

        private final Map<String, String> declared = new LinkedHashMap<>();
        private final Map<String, Object> variables = new HashMap<>();
        private final Map<String, String> arguments = new HashMap<>();
        private final Map<String, String> fragments = new LinkedHashMap<>();
        private final Map<String, String> fragmentTypes = new HashMap<>();
        private int aliases = MOST_ALIASES;
        private int directives = MOST_DIRECTIVES;

        Made query() {
            StringBuilder roots = new StringBuilder();
            int count = 1 + random.nextInt(3);
            List<FieldDefinition> fields = fields("Query").stream()
                    .filter(field -> !withoutFields.contains(field.getName()))
                    .toList();
            for (int at = 0; at < count; at++) {
                roots.append(field("Query", fields.get(random.nextInt(fields.size())), 0))
                        .append(' ');
            }
            if (chance(10)) {
                roots.append("__typename ");
            }
            return made("query", "{ " + roots + "}");
        }

        Made subscription(String field, String type) {
            return made("subscription", "{ " + field + " " + selection(type, 1) + " }");
        }

        private Made made(String kind, String body) {
            String names = declared.isEmpty()
                    ? ""
                    : declared.entrySet().stream()
                            .map(variable -> "$" + variable.getKey() + ": " + variable.getValue())
                            .collect(Collectors.joining(", ", "Q(", ") "));
            return new Made(kind + " " + names + body + " " + String.join(" ", fragments.values()), variables);
        }

        private boolean chance(int percent) {
            return random.nextInt(100) < percent;
        }

        private String selection(String type, int depth) {
            StringBuilder selected = new StringBuilder("{ ");
            if (chance(20)) {
                selected.append("__typename ");
            }
            TypeDefinition<?> definition = Objects.requireNonNull(type(type));
            int count = 1 + random.nextInt(5);
            List<FieldDefinition> fields = fields(type);
            String last = null;
            for (int at = 0; at < count && !fields.isEmpty(); at++) {
                FieldDefinition field = fields.get(random.nextInt(fields.size()));
                if (isLeaf(field) || depth < MOST_DEPTH) {
                    last = field(type, field, depth);
                    selected.append(last).append(' ');
                }
            }
            if (last != null && chance(8)) {
                selected.append(last).append(' ');
            }
            for (String concrete : concrete(definition)) {
                if (chance(definition instanceof ObjectTypeDefinition ? 15 : 35)) {
                    selected.append(fragment(concrete, depth)).append(' ');
                }
            }
            if (last == null) {
                selected.append("__typename ");
            }
            return selected.append('}').toString();
        }

        private String fragment(String type, int depth) {
            String on = chance(20) && implementsNode(type) ? "Node" : type;
            if (chance(50)) {
                return "... on " + on + " " + directives() + selection(on, depth + 1);
            }
            String known = fragmentTypes.entrySet().stream()
                    .filter(each -> each.getValue().equals(on))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .findFirst()
                    .orElse(null);
            if (known != null && chance(60)) {
                return "..." + known + " " + directives();
            }
            String name = "F" + (fragments.size() + 1) + (random.nextInt(900) + 100);
            String text = "fragment " + name + " on " + on + " " + selection(on, depth + 1);
            fragments.put(name, text);
            // Known only now: no fragment is spread in itself.
            fragmentTypes.put(name, on);
            return "..." + name + " " + directives();
        }

        private String directives() {
            if (directives <= 0 || !chance(12)) {
                return "";
            }
            directives--;
            String name = chance(50) ? "skip" : "include";
            return "@%s(if: %s) ".formatted(name, flag());
        }

        private String flag() {
            if (chance(30)) {
                return chance(50) ? "true" : "false";
            }
            String name = "b" + random.nextInt(3);
            if (!declared.containsKey(name)) {
                boolean defaulted = chance(40);
                declared.put(name, defaulted ? "Boolean = " + chance(50) : "Boolean!");
                if (!defaulted || chance(50)) {
                    variables.put(name, chance(2) ? null : chance(50));
                }
            }
            return "$" + name;
        }

        private String field(String parent, FieldDefinition field, int depth) {
            String alias = "";
            if (aliases > 0 && chance(10)) {
                aliases--;
                alias = field.getName() + "_" + random.nextInt(2) + ": ";
            }
            String arguments = this.arguments.get(parent + "." + field.getName());
            if (arguments == null) {
                arguments = arguments(field);
                this.arguments.put(parent + "." + field.getName(), arguments);
            }
            return alias + field.getName() + arguments + " " + directives()
                    + (isLeaf(field) ? "" : selection(name(field.getType()), depth + 1));
        }

        private String arguments(FieldDefinition field) {
            List<String> given = new ArrayList<>();
            boolean paged = field.getInputValueDefinitions().stream()
                    .anyMatch(argument -> argument.getName().equals("first"));
            if (paged) {
                String size = chance(50) ? "first" : "last";
                given.add(size + ": " + (chance(60) ? size() : variable("Int", size())));
                if (chance(6)) {
                    given.add(size.equals("first") ? "after: \"no cursor\"" : "before: \"no cursor\"");
                }
            }
            for (InputValueDefinition argument : field.getInputValueDefinitions()) {
                boolean required = argument.getType() instanceof NonNullType && argument.getDefaultValue() == null;
                boolean page = Set.of("first", "last", "after", "before").contains(argument.getName());
                if (!page && (required || chance(35))) {
                    given.add(argument.getName() + ": " + value(argument));
                }
            }
            return given.isEmpty() ? "" : "(" + String.join(", ", given) + ")";
        }

        private Integer size() {
            return chance(3) ? 0 : 1 + random.nextInt(3);
        }

        private String value(InputValueDefinition argument) {
            Object value = plain(argument);
            if (value instanceof String text && text.startsWith("{")) {
                return text;
            }
            return chance(50)
                    ? variable(AstPrinter.printAst(argument.getType()), value)
                    : value instanceof String text && !(type(name(argument.getType())) instanceof EnumTypeDefinition)
                            ? '"' + text + '"'
                            : value instanceof List<?> list
                                    ? list.stream()
                                            .map(each -> '"' + each.toString() + '"')
                                            .collect(Collectors.joining(", ", "[", "]"))
                                    : String.valueOf(value);
        }

        /** What means something to an argument. */
        private Object plain(InputValueDefinition argument) {
            String type = name(argument.getType());
            if (argument.getType() instanceof NonNullType required && required.getType() instanceof ListType) {
                return List.of(id(), id(), id());
            }
            return switch (type) {
                case "ID" -> id();
                case "Date" -> "2026-1%d-%02d".formatted(random.nextInt(3), 1 + random.nextInt(28));
                case "Int" -> argument.getName().equals("characters") ? random.nextInt(20) : random.nextInt(100);
                case "ItemFilter" ->
                    List.of(
                                    "{status: [ACTIVE, EXPIRED]}",
                                    "{search: \"milk\"}",
                                    "{categoryId: [\"%s\"]}".formatted(id()),
                                    "{expiryDate: {from: \"2026-12-01\"}}")
                            .get(random.nextInt(4));
                case "ItemOrder" -> "{field: NAME, direction: DESC}";
                case "ActivityFilter", "CategoryFilter", "NotificationFilter", "ProductFilter" -> "{}";
                default ->
                    type(type) instanceof EnumTypeDefinition choice
                            ? choice.getEnumValueDefinitions()
                                    .get(random.nextInt(
                                            choice.getEnumValueDefinitions().size()))
                                    .getName()
                            : argument.getName().equals("how") ? how() : "nobody";
            };
        }

        private String how() {
            return List.of("NOT", "NOT_FOUND", "BUG", "LATER", "SEVERAL", "UNAVAILABLE")
                    .get(random.nextInt(6));
        }

        private String id() {
            return ids.get(random.nextInt(ids.size()));
        }

        private String variable(String type, Object value) {
            String name = "v" + declared.size();
            boolean defaulted = type.equals("Int") && chance(20);
            declared.put(name, defaulted ? "Int = 2" : type);
            int fate = random.nextInt(100);
            if (fate < 2) {
                variables.put(name, null);
            } else if (fate < 3) {
                variables.put(name, Map.of("no", "value"));
            } else if (fate >= 6) {
                variables.put(name, value);
            }
            return "$" + name;
        }

        private boolean implementsNode(String type) {
            return type(type) instanceof ObjectTypeDefinition object
                    && object.getImplements().stream()
                            .anyMatch(each -> name(each).equals("Node"));
        }
    }

    private List<FieldDefinition> fields(String type) {
        return type(type) instanceof ImplementingTypeDefinition<?> object ? object.getFieldDefinitions() : List.of();
    }

    private @Nullable TypeDefinition<?> type(String name) {
        return types.getTypeOrNull(name);
    }

    private List<String> concrete(TypeDefinition<?> type) {
        return switch (type) {
            case UnionTypeDefinition union ->
                union.getMemberTypes().stream().map(RandomOperations::name).toList();
            case InterfaceTypeDefinition shared ->
                types.getTypes(ObjectTypeDefinition.class).stream()
                        .filter(object -> object.getImplements().stream()
                                .anyMatch(each -> name(each).equals(shared.getName())))
                        .map(ObjectTypeDefinition::getName)
                        .sorted()
                        .toList();
            default -> List.of(type.getName());
        };
    }

    private boolean isLeaf(FieldDefinition field) {
        TypeDefinition<?> type = type(name(field.getType()));
        return type == null || !(type instanceof ImplementingTypeDefinition<?> || type instanceof UnionTypeDefinition);
    }

    private static String name(Type<?> type) {
        return switch (type) {
            case NonNullType required -> name(required.getType());
            case ListType list -> name(list.getType());
            case TypeName name -> name.getName();
            default -> throw new IllegalStateException("No type: " + type);
        };
    }
}

package org.expirytracker.migrations;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.items.EachItemQuery;
import org.jspecify.annotations.Nullable;

/**
 * Every SQL statement that the compiled program can send: the texts that its methods load, those that a class composes
 * when it is loaded, into a constant or out of templates into a static map, collection, array or record, and of the one class that composes more than can be listed,
 * texts in which each of its parts stands. Four rooms are left out: distribution, migrations, schemas and backups ask
 * the catalogs and the history, at any revision.
 */
public final class ProgramStatements {

    private static final String BASE = "org.expirytracker.";
    private static final List<String> LEFT_OUT = List.of("distribution", "migrations", "schemas", "backups");
    private static final Pattern SQL =
            Pattern.compile("\\s*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\\s.*", Pattern.DOTALL);
    private static final Pattern PLACEHOLDER = Pattern.compile("%(?:[0-9]+\\$)?[sd]");

    private final SortedSet<Asked> statements = new TreeSet<>();
    private final SortedSet<Asked> templates = new TreeSet<>();
    private final List<String> concatenated = new ArrayList<>();
    private final Map<Asked, String> constants = new HashMap<>();

    /** Classes with a text that is computed when they are loaded. */
    private final Set<String> computed = new TreeSet<>();

    /**
     * A statement.
     *
     * @param origin room, class and constant (or method) it stands in, such as {@code items.ItemRepository.FIND}
     * @param sql its text, without white space around it and at the ends of its lines
     */
    public record Asked(String origin, String sql) implements Comparable<Asked> {

        private static final Comparator<Asked> ORDER =
                Comparator.comparing(Asked::origin).thenComparing(Asked::sql);

        /** Strips the text. */
        public Asked {
            sql = sql.lines()
                    .map(String::stripTrailing)
                    .collect(Collectors.joining("\n"))
                    .strip();
        }

        @Override
        public int compareTo(Asked other) {
            return ORDER.compare(this, other);
        }

        private Pattern filledIn() {
            return Pattern.compile(Arrays.stream(PLACEHOLDER.split(withoutSpace(sql), -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(".*")));
        }

        private static String withoutSpace(String text) {
            return text.replaceAll("\\s", "");
        }
    }

    private ProgramStatements() {}

    /**
     * The statements of the program under test, sorted by origin and text.
     *
     * @throws AssertionError when it puts a text together only when it asks, so that nobody knows what may come out
     */
    public static List<Asked> all() throws IOException, ReflectiveOperationException {
        return new ProgramStatements().collect();
    }

    /** Every text of the program, SQL or not, of all rooms; of one that is put together, what stands between its values. */
    public static List<Asked> texts() throws IOException {
        ProgramStatements program = new ProgramStatements();
        SortedSet<Asked> texts = new TreeSet<>();
        List<ClassModel> classes = classes(List.of());
        classes.forEach(program::readConstants);
        for (ClassModel type : classes) {
            for (MethodModel method : type.methods()) {
                method.code()
                        .ifPresent(code ->
                                code.forEach(element -> textOf(element).ifPresent(text -> {
                                    String declared = program.constants.get(new Asked(typeName(type), text));
                                    texts.add(new Asked(declared == null ? methodName(type, method) : declared, text));
                                })));
            }
        }
        return List.copyOf(texts);
    }

    private static Optional<String> textOf(CodeElement element) {
        return switch (element) {
            case ConstantInstruction load when load.constantValue() instanceof String text -> Optional.of(text);
            case InvokeDynamicInstruction call
            when call.name().equalsString("makeConcatWithConstants")
                    && call.bootstrapArgs().getFirst() instanceof String text -> Optional.of(text);
            default -> Optional.empty();
        };
    }

    private List<Asked> collect() throws IOException, ReflectiveOperationException {
        List<ClassModel> classes = classes(LEFT_OUT);
        classes.forEach(this::readConstants);
        classes.forEach(this::readMethods);
        Set<String> composing =
                templates.stream().map(ProgramStatements::typeOf).collect(Collectors.toCollection(TreeSet::new));
        for (String type : composing) {
            readComposed(type, text -> true);
        }
        computed.removeAll(composing);
        for (String type : computed) {
            // Those of the blocking driver, which numbers no parameter, are read as they were before.
            readComposed(type, text -> text.contains("$1"));
        }
        EachItemQuery.texts().forEach(text -> statements.add(new Asked("items.ItemQuery", text)));
        List<String> unknown = new ArrayList<>(concatenated);
        templates.stream()
                .filter(template -> !isComposed(template))
                .map(Asked::origin)
                .forEach(unknown::add);
        if (!unknown.isEmpty()) {
            throw new AssertionError("SQL is put together only when it is asked, so nobody knows what may come out: "
                    + unknown + ". Make each text a constant, or compose all of them into a static map.");
        }
        return List.copyOf(statements);
    }

    private static List<ClassModel> classes(List<String> leftOut) throws IOException {
        List<ClassModel> classes = new ArrayList<>();
        Path folder = folder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class"))
                    .filter(each -> leftOut.stream()
                            .noneMatch(room -> each.startsWith(folder.resolve("org/expirytracker/" + room))))
                    .toList()) {
                classes.add(ClassFile.of().parse(file));
            }
        }
        return classes;
    }

    private static Path folder() throws IOException {
        try {
            return Path.of(Migrations.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    /** Under which name a text is declared; the compiler has copied it to wherever it is used. */
    private void readConstants(ClassModel type) {
        for (FieldModel field : type.fields()) {
            field.findAttribute(Attributes.constantValue()).ifPresent(value -> {
                if (value.constant() instanceof StringEntry text) {
                    String name = field.fieldName().stringValue();
                    constants.putIfAbsent(new Asked(typeName(type), text.stringValue()), typeName(type) + "." + name);
                }
            });
            if (field.flags().has(AccessFlag.STATIC)
                    && field.fieldType().equalsString("Ljava/lang/String;")
                    && field.findAttribute(Attributes.constantValue()).isEmpty()) {
                computed.add(typeName(type));
            }
        }
    }

    private void readMethods(ClassModel type) {
        for (MethodModel method : type.methods()) {
            method.code().ifPresent(code -> {
                for (CodeElement element : code) {
                    if (element instanceof ConstantInstruction load && load.constantValue() instanceof String text) {
                        read(type, method, text);
                    } else if (element instanceof InvokeDynamicInstruction call) {
                        readConcatenation(type, method, call);
                    }
                }
            });
        }
    }

    private void read(ClassModel type, MethodModel method, String text) {
        if (SQL.matcher(text).matches()) {
            String declared = constants.get(new Asked(typeName(type), text));
            Asked asked = new Asked(declared == null ? methodName(type, method) : declared, text);
            (PLACEHOLDER.matcher(text).find() ? templates : statements).add(asked);
        }
    }

    /** The first argument of a concatenation is its text, with control characters where the values go. */
    private void readConcatenation(ClassModel type, MethodModel method, InvokeDynamicInstruction call) {
        if (call.name().equalsString("makeConcatWithConstants")
                && call.bootstrapArgs().getFirst() instanceof String text
                && SQL.matcher(text).matches()) {
            if (method.methodName().equalsString("<clinit>")) {
                // Into a constant of the class, when it is loaded.
                templates.add(new Asked(methodName(type, method), text.replaceAll("[\\x01\\x02]", "%s")));
            } else {
                concatenated.add(methodName(type, method));
            }
        }
    }

    private void readComposed(String type, Predicate<String> isAsked) throws ReflectiveOperationException {
        for (Field field : Class.forName(BASE + type).getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                texts(field.get(null))
                        .filter(text -> SQL.matcher(text).matches()
                                && isAsked.test(text)
                                && !PLACEHOLDER.matcher(text).find()
                                // A part of others, unless the program loads it.
                                && !constants.containsKey(new Asked(type, text)))
                        .forEach(text -> statements.add(new Asked(type + "." + field.getName(), text)));
            }
        }
    }

    private static Stream<String> texts(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> texts(map.values());
            case Collection<?> collection -> collection.stream().flatMap(ProgramStatements::texts);
            case Record forms ->
                Arrays.stream(forms.getClass().getRecordComponents()).flatMap(form -> texts(component(forms, form)));
            case String[] array -> Arrays.stream(array);
            case String text -> Stream.of(text);
            case null, default -> Stream.empty();
        };
    }

    private static @Nullable Object component(Record forms, RecordComponent form) {
        try {
            form.getAccessor().setAccessible(true);
            return form.getAccessor().invoke(forms);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isComposed(Asked template) {
        Pattern filledIn = template.filledIn();
        return statements.stream()
                .filter(statement -> statement.origin().equals(typeOf(template))
                        || typeOf(statement).equals(typeOf(template)))
                .anyMatch(statement ->
                        filledIn.matcher(Asked.withoutSpace(statement.sql())).matches());
    }

    /** Room and top-level class, such as {@code items.ItemRepository}. */
    private static String typeName(ClassModel type) {
        String name = type.thisClass().asInternalName().replace('/', '.').substring(BASE.length());
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static String typeOf(Asked asked) {
        return asked.origin().substring(0, asked.origin().lastIndexOf('.'));
    }

    /** A lambda counts as part of the method it is in. */
    private static String methodName(ClassModel type, MethodModel method) {
        String name = method.methodName().stringValue();
        return typeName(type) + "." + (name.startsWith("lambda$") ? name.split("\\$", 3)[1] : name);
    }
}

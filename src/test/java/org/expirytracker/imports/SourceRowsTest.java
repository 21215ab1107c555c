package org.expirytracker.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as people have them, read row by row. */
class SourceRowsTest {

    private static byte[] sample(String name) {
        try (InputStream in =
                Objects.requireNonNull(SourceRowsTest.class.getResourceAsStream("/imports/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static FileLayout layout(byte[] file, String name) {
        boolean utf8 = new Utf8Check().add(file).isUtf8();
        return FileLayout.of(Arrays.copyOf(file, Math.min(file.length, FileLayout.HEAD_BYTES)), utf8, name);
    }

    private static List<SourceRow> rows(byte[] file) {
        return rows(file, "file.csv");
    }

    private static List<SourceRow> rows(byte[] file, String name) {
        List<SourceRow> rows = new ArrayList<>();
        try (SourceRows source = SourceFile.open(new ByteArrayInputStream(file), layout(file, name))) {
            for (SourceRow row = source.next(); row != null; row = source.next()) {
                rows.add(row);
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return rows;
    }

    /** What becomes of a file of which nothing is said. */
    private static List<RowReader.Read> read(byte[] file, String name) {
        FileLayout layout = layout(file, name);
        try (SourceRows source = SourceFile.open(new ByteArrayInputStream(file), layout)) {
            Survey survey = Survey.of(source, rows -> {});
            RowReader reader = new RowReader(ImportOptions.proposed(layout, survey.columns()));
            return rows(file, name).stream().map(reader::read).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Nested
    class OfASpreadsheetInGerman {

        private final List<RowReader.Read> rows = read(sample("excel-german.csv"), "excel-german.csv");

        @Test
        void are_read_with_semicolons_commas_and_days_before_months() {
            assertThat(rows.getFirst().values())
                    .containsEntry("name", "Milch 3,5 %")
                    .containsEntry("quantity", new BigDecimal("1.5"))
                    .containsEntry("unit", "l")
                    .containsEntry("costPrice", new BigDecimal("1.19"))
                    .containsEntry("expiryDate", LocalDate.of(2026, 12, 31))
                    .containsEntry("location", "Kühlschrank")
                    .containsEntry("barcode", "4311501490402");
            assertThat(rows.get(2).values()).containsEntry("quantity", new BigDecimal("2.000"));
        }

        @Test
        void keep_the_zeros_of_a_code_that_was_forced_to_be_a_text() {
            assertThat(rows.get(1).values()).containsEntry("barcode", "0060383042400");
            assertThat(rows.get(1).number()).isEqualTo(3);
        }

        @Test
        void are_refused_at_their_place_with_a_reason() {
            assertThat(rows.get(3).refusals())
                    .extracting(RowReader.Refusal::row, RowReader.Refusal::column, RowReader.Refusal::value)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(6, "Menge", "eins"),
                            org.assertj.core.groups.Tuple.tuple(6, "Ablaufdatum", "30.02.2026"));
            assertThat(rows.get(4).refusals())
                    .singleElement()
                    .satisfies(refusal -> assertThat(refusal.reason()).contains("6.03830E+11", "dropped"));
        }

        @Test
        void know_the_numbers_in_which_excel_counts_days_and_names_of_two_lines() {
            assertThat(rows.get(4).values())
                    .containsEntry("name", "Senf \"mild\" Glas")
                    .containsEntry("expiryDate", LocalDate.of(2026, 12, 31));
            assertThat(rows).hasSize(5);
        }
    }

    @Nested
    class OfWindows {

        @Test
        void are_read_in_its_encoding_and_one_date_decides_over_another() {
            List<RowReader.Read> rows = read(sample("windows-1252-ambiguous-dates.csv"), "list.csv");

            assertThat(rows).extracting(row -> row.values().get("name")).containsExactly("Crème brûlée", "Jalapeños");
            assertThat(rows)
                    .extracting(row -> row.values().get("expiryDate"))
                    .containsExactly(LocalDate.of(2027, 5, 4), LocalDate.of(2027, 5, 13));
        }

        @Test
        void are_refused_where_nothing_decides() {
            List<RowReader.Read> rows =
                    read("Name,Best before\nTea,04/05/2027\nRice,05/05/2027\n".getBytes(UTF_8), "x.csv");

            assertThat(rows.getFirst().refusals())
                    .singleElement()
                    .satisfies(refusal -> assertThat(refusal.reason()).contains("DAY_FIRST or MONTH_FIRST"));
            assertThat(rows.getLast().values()).containsEntry("expiryDate", LocalDate.of(2027, 5, 5));
        }
    }

    @Nested
    class OfHomebox {

        private final List<RowReader.Read> rows = read(sample("homebox-like.csv"), "homebox.csv");

        @Test
        void are_known_by_their_reference_and_have_a_category_of_their_first_tag() {
            assertThat(rows.getFirst().values())
                    .containsEntry("externalId", "ref-001")
                    .containsEntry("name", "Hedge trimmer")
                    .containsEntry("location", "Garage / Shelf 2")
                    .containsEntry("costPrice", new BigDecimal("129.00"))
                    .containsEntry("purchaseDate", LocalDate.of(2025, 4, 12))
                    .containsEntry("expiryDate", LocalDate.of(2027, 4, 12))
                    .containsEntry("lotNumber", "SN-88")
                    .containsEntry("description", "Tags: outdoor");
            assertThat(rows.getFirst().category()).isEqualTo("tools");
        }

        @Test
        void have_no_date_for_the_year_one_and_a_warranty_for_life() {
            assertThat(rows.get(1).values()).containsEntry("expiryDate", null).containsEntry("purchaseDate", null);
            assertThat(rows.get(1).values().get("description")).isEqualTo("line one\nline two");
        }

        @Test
        void are_left_out_when_archived() {
            assertThat(rows).extracting(RowReader.Read::skipped).containsExactly(false, false, true);
        }
    }

    @Nested
    class OfGrocy {

        private final List<RowReader.Read> rows = read(sample("grocy-like-stock.json"), "stock.json");

        @Test
        void are_objects_within_objects() {
            assertThat(rows.getFirst().values())
                    .containsEntry("externalId", "grocy-7")
                    .containsEntry("name", "Yoghurt")
                    .containsEntry("quantity", new BigDecimal("4"))
                    .containsEntry("unit", "Piece")
                    .containsEntry("costPrice", new BigDecimal("1.2900"))
                    .containsEntry("expiryDate", LocalDate.of(2026, 12, 5));
        }

        @Test
        void never_expire_at_the_end_of_the_year_2999() {
            assertThat(rows.getLast().values())
                    .containsEntry("expiryDate", null)
                    .containsEntry("name", "Salt");
            assertThat(rows).allSatisfy(row -> assertThat(row.refusals()).isEmpty());
        }
    }

    @Nested
    class OfAnExportOfOurs {

        private static final String COLUMNS =
                "id,externalId,name,description,quantity,unit,costPrice,sellingPrice,expiryDate,purchaseDate,"
                        + "leadDays,location,barcode,lotNumber,category,status,createdAt,updatedAt\r\n";

        @Test
        void are_as_they_were_before_they_were_made_harmless() {
            List<RowReader.Read> rows = read(
                    (COLUMNS
                                    + "SQ,'@x,'=1+1,'-a,1.234,pcs,1.2,,2999-12-31,0001-01-01,3,''=b,'+49,8.71E+12,Dairy,ACTIVE,,\r\n")
                            .getBytes(UTF_8),
                    "items.csv");

            assertThat(rows.getFirst().refusals()).isEmpty();
            assertThat(rows.getFirst().values())
                    .containsEntry("id", "SQ")
                    .containsEntry("externalId", "@x")
                    .containsEntry("name", "=1+1")
                    .containsEntry("description", "-a")
                    .containsEntry("quantity", new BigDecimal("1.234"))
                    .containsEntry("expiryDate", LocalDate.of(2999, 12, 31))
                    .containsEntry("purchaseDate", LocalDate.of(1, 1, 1))
                    .containsEntry("leadDays", 3)
                    .containsEntry("location", "'=b")
                    .containsEntry("barcode", "+49")
                    .containsEntry("lotNumber", "8.71E+12");
            assertThat(rows.getFirst().category()).isEqualTo("Dairy");
        }

        @Test
        void are_read_of_lines_of_json_too() {
            List<RowReader.Read> rows = read("""
                    {"id":"SQ","externalId":null,"name":"=Tea","description":null,"quantity":"2.5","unit":"pcs","costPrice":null,"sellingPrice":null,"expiryDate":"2026-12-31","purchaseDate":null,"leadDays":3,"location":null,"barcode":null,"lotNumber":null,"category":{"id":"Q","name":"Dairy"},"status":"ACTIVE","createdAt":"x","updatedAt":"x"}
                    """.getBytes(UTF_8), "items.jsonl");

            assertThat(rows.getFirst().values())
                    .containsEntry("name", "=Tea")
                    .containsEntry("quantity", new BigDecimal("2.5"))
                    .containsEntry("leadDays", 3);
            assertThat(rows.getFirst().category()).isEqualTo("Dairy");
        }
    }

    @Nested
    class OfText {

        @Test
        void are_parted_by_what_the_first_line_names_or_has() {
            assertThat(rows("sep=|\r\nName|Qty\r\nTea; green|1".getBytes(UTF_8)))
                    .containsExactly(new SourceRow(3, Map.of("Name", "Tea; green", "Qty", "1"), null));
            assertThat(rows("\n\"Name, long\"\tQty\nTea\t1".getBytes(UTF_8)))
                    .containsExactly(new SourceRow(3, Map.of("Name, long", "Tea", "Qty", "1"), null));
        }

        @Test
        void may_be_utf_16() {
            byte[] file = "\ufeffName;Qty\nGrüße;1".getBytes(Charset.forName("UTF-16LE"));

            assertThat(rows(file)).extracting(row -> row.values().get("Name")).containsExactly("Grüße");
        }

        @Test
        void end_where_they_are_not_in_their_encoding_at_the_beginning_and_further_on() {
            byte[] start = {(byte) 0xff, (byte) 0xfe, 0};
            byte[] later = ("\ufeffName\n" + "Tea\n".repeat(50_000) + "\ud800\n").getBytes(StandardCharsets.UTF_16LE);
            later[later.length - 3] = (byte) 0xdc;

            for (byte[] file : List.of(start, later)) {
                assertThatThrownBy(() -> rows(file))
                        .isInstanceOf(FileProblem.class)
                        .hasMessageContaining("Choose another charset");
            }
        }

        @Test
        void with_more_values_than_columns_are_refused() {
            assertThat(rows("Name,Qty\nTea, green,1\nRice,2,\n".getBytes(UTF_8)))
                    .satisfiesExactly(
                            row -> assertThat(row.problem()).contains("3 values", "2 columns"),
                            row -> assertThat(row.problem()).isNull());
        }

        @Test
        void end_at_a_quotation_mark_that_is_never_closed() {
            assertThatThrownBy(() -> rows("Name\n\"Tea\nRice\n".getBytes(UTF_8)))
                    .isInstanceOf(FileProblem.class)
                    .hasMessageContaining("never closed");
        }

        @Test
        void have_columns_of_names_of_their_own() {
            assertThat(SourceRows.named(List.of("Name", "", " Name ", "a\nb")))
                    .containsExactly("Name", "Column 2", "Name (2)", "a b");
        }

        @Test
        void of_json_that_are_broken_are_refused_alone() {
            assertThat(rows("{\"name\": \"Tea\"}\n{\"name\": \n\n[]\n{\"name\": \"Rice\"}".getBytes(UTF_8), "x.jsonl"))
                    .extracting(SourceRow::number, row -> row.problem() == null)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(1, true),
                            org.assertj.core.groups.Tuple.tuple(2, false),
                            org.assertj.core.groups.Tuple.tuple(4, false),
                            org.assertj.core.groups.Tuple.tuple(5, true));
        }
    }

    @Nested
    class OfAWorkbook {

        private static final String NS = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

        private static byte[] workbook(String sheet) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
                part(zip, "[Content_Types].xml", """
                        <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
                        <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
                        <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
                        <Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
                        <Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
                        <Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
                        </Types>""");
                part(zip, "_rels/.rels", """
                        <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
                        <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
                        </Relationships>""");
                part(zip, "xl/_rels/workbook.xml.rels", """
                        <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
                        <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
                        <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
                        <Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>
                        </Relationships>""");
                part(
                        zip,
                        "xl/workbook.xml",
                        "<workbook " + NS
                                + " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>"
                                + "<sheet name=\"Stock\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
                part(
                        zip,
                        "xl/styles.xml",
                        "<styleSheet " + NS
                                + "><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"dd\\.mm\\.yyyy\"/></numFmts>"
                                + "<cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>");
                part(
                        zip,
                        "xl/sharedStrings.xml",
                        "<sst " + NS
                                + " count=\"3\" uniqueCount=\"3\"><si><t>Name</t></si><si><t>MHD</t></si><si><r><t>Mil</t></r><r><t>ch</t></r></si></sst>");
                part(
                        zip,
                        "xl/worksheets/sheet1.xml",
                        "<worksheet " + NS + "><sheetData>" + sheet + "</sheetData></worksheet>");
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            return bytes.toByteArray();
        }

        private static void part(ZipOutputStream zip, String name, String content) throws IOException {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content.getBytes(UTF_8));
            zip.closeEntry();
        }

        @Test
        void are_of_their_cells_texts_numbers_and_dates() {
            byte[] file = workbook("""
                    <row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><t>EAN</t></is></c><c r="D2" t="inlineStr"><is><t>Menge</t></is></c></row>
                    <row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4" s="1"><v>46387</v></c><c r="C4"><v>4311501490402</v></c><c r="D4"><f>1.1+1.2</f><v>2.3000000000000003</v></c></row>
                    <row r="5"></row>
                    """);

            assertThat(rows(file, "stock.xlsx"))
                    .containsExactly(new SourceRow(
                            4,
                            Map.of(
                                    "Name",
                                    "Milch",
                                    "MHD",
                                    LocalDate.of(2026, 12, 31),
                                    "EAN",
                                    new BigDecimal("4311501490402"),
                                    "Menge",
                                    new BigDecimal("2.30000000000000")),
                            null));
            assertThat(read(file, "stock.xlsx").getFirst().values())
                    .containsEntry("barcode", "4311501490402")
                    .containsEntry("expiryDate", LocalDate.of(2026, 12, 31));
        }

        @Test
        void are_none_of_what_only_begins_like_one() {
            assertThatThrownBy(() -> rows("PK\u0003\u0004nothing".getBytes(UTF_8), "stock.xlsx"))
                    .isInstanceOf(FileProblem.class)
                    .hasMessageContaining("no workbook");
        }
    }

    private static String quoted(String value) {
        return '"' + value.replace("\"", "\"\"") + '"';
    }

    @Provide
    Arbitrary<List<List<String>>> tables() {
        Arbitrary<String> value = Arbitraries.strings()
                .withChars("ab \"',;\t|\r\nüé€=@")
                .ofMaxLength(8)
                .filter(text -> !text.isBlank());
        return value.list().ofSize(3).list().ofMinSize(1).ofMaxSize(20);
    }

    @ParameterizedTest
    @CsvSource({"0.001, 0.001", "'0,250', 0.25", "-0.125, -0.125", "'1.234,5', 1234.5", "'12,345.6', 12345.6"})
    void numbers_that_can_be_read_in_one_way_only_are_read_so(String text, BigDecimal number)
            throws Numbers.Unreadable {
        assertThat(Numbers.read(text, DecimalSign.COMMA)).isEqualByComparingTo(number);
        assertThat(Numbers.read(text, DecimalSign.POINT)).isEqualByComparingTo(number);
        assertThat(Numbers.read(text, null)).isEqualByComparingTo(number);
    }

    @Property(tries = 300)
    void whatever_stands_between_quotation_marks_is_read_as_it_is(
            @ForAll("tables") List<List<String>> table, @ForAll("delimiters") char delimiter) {
        StringBuilder file = new StringBuilder("one%1$stwo%1$sthree\r\n".formatted(delimiter));
        table.forEach(row -> file.append(String.join(
                        String.valueOf(delimiter),
                        row.stream().map(SourceRowsTest::quoted).toList()))
                .append("\r\n"));

        assertThat(rows(file.toString().getBytes(UTF_8)))
                .extracting(row -> List.of(
                        row.values().getOrDefault("one", ""),
                        row.values().getOrDefault("two", ""),
                        row.values().getOrDefault("three", "")))
                .isEqualTo(table.stream().map(row -> List.<Object>copyOf(row)).toList());
    }

    @Provide
    Arbitrary<Character> delimiters() {
        return Arbitraries.of(',', ';', '\t', '|');
    }

    @Property(tries = 300)
    void any_bytes_end_in_rows_or_in_a_reason(@ForAll byte[] file, @ForAll("names") String name) {
        try {
            assertThat(read(file, name))
                    .allSatisfy(row -> assertThat(row.number()).isPositive());
        } catch (FileProblem reason) {
            assertThat(reason.getMessage()).isNotBlank();
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of("a.csv", "a.json", "a.jsonl", "a.xlsx");
    }
}

package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.expirytracker.kernel.Problem;
import org.junit.jupiter.api.Test;

/** The codes of errors, as docs/api.md lists them. */
class ErrorCodesTest {

    private static List<String> codes(String heading) throws IOException {
        String page = Files.readString(Path.of("docs/api.md"));
        String table = page.substring(page.indexOf("| `" + heading + "` |"));
        return Pattern.compile("^\\| `([A-Z_]+)` ", Pattern.MULTILINE)
                .matcher(table.substring(0, table.indexOf("\n\n")))
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();
    }

    private static List<String> ofProblems(boolean refusals) {
        return Arrays.stream(Problem.Code.values())
                .filter(code -> code.isRefusal() == refusals)
                .map(Enum::name)
                .toList();
    }

    @Test
    void of_refusals_stand_in_the_guide_all_of_them() throws IOException {
        assertThat(codes("userErrors.code")).isEqualTo(ofProblems(true));
    }

    @Test
    void of_requests_stand_in_the_guide_with_those_of_the_engine() throws IOException {
        assertThat(codes("errors.extensions.code"))
                .containsAll(ofProblems(false))
                .contains("INVALID", "INTERNAL", "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_IN_LIST");
    }
}

package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void help_of_serve_documents_every_environment_variable() {
        assertThat(run("serve", "--help")).isZero();
        assertThat(out.toString().lines().map(String::strip))
                .containsAll(Config.help().lines().map(String::strip).toList());
    }

    @Test
    void version_names_the_program_and_its_java() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("Expiry Tracker ").contains("Java " + Runtime.version());
    }

    @Test
    void refuses_an_unknown_command_an_unknown_option_and_none_at_all() {
        assertThat(run("server")).isEqualTo(2);
        assertThat(run("serve", "--prot", "1")).isEqualTo(2);
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("server", "--prot", "Which command?", "Try: expiry serve --help");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void refuses_a_wrong_setting_before_it_starts_anything() {
        assertThat(run("serve", "--port", "http")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("EXPIRY_PORT must be a whole number from 0 to 65535, not \"http\"")
                .hasLineCount(2);
    }

    private int run(String... arguments) {
        CommandLine command = Main.commandLine();
        return command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}

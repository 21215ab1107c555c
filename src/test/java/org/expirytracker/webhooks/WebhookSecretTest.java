package org.expirytracker.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebhookSecretTest {

    private static final byte[] SECRET = Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    /** From the specification's own libraries. */
    @Test
    void signs_as_the_specification_does() {
        assertThat(WebhookSecret.signatures(
                        List.of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void signs_once_by_each_secret() {
        byte[] other = WebhookSecret.create();

        assertThat(WebhookSecret.signatures(List.of(SECRET, other), "msg", 1, "{}"))
                .isEqualTo(WebhookSecret.signatures(List.of(SECRET), "msg", 1, "{}") + " "
                        + WebhookSecret.signatures(List.of(other), "msg", 1, "{}"));
    }

    @Test
    void is_another_each_time_and_of_the_specified_form() {
        assertThat(WebhookSecret.encoded(WebhookSecret.create()))
                .matches("whsec_[A-Za-z0-9+/]{43}=")
                .isNotEqualTo(WebhookSecret.encoded(WebhookSecret.create()));
    }
}

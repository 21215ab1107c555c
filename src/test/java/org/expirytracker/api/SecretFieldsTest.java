package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.FieldDefinition;
import graphql.language.ObjectTypeDefinition;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which fields of the schema are declared to let their holder in. */
class SecretFieldsTest {

    private static final Pattern NAMED_LIKE_ONE =
            Pattern.compile("(?i).*(token|secret|password|codes?|challenge|otp|uri)");

    /** Named like a secret, and none: their objects hold the secret, or nothing of it. */
    private static final Set<String> NONE = Set.of(
            "UserError.code",
            "WebhookDelivery.statusCode",
            "ChannelDelivery.statusCode",
            "TestChannelPayload.statusCode",
            "Item.barcode",
            "ItemState.barcode",
            "Product.barcodes",
            "ProductState.barcodes",
            "Caller.apiToken",
            "LoginPayload.twoFactorChallenge",
            "CreateApiTokenPayload.apiToken",
            "RevokeApiTokenPayload.apiToken");

    private static List<String> fields(boolean secret) {
        TypeDefinitionRegistry schema = new SchemaParser().parse(GraphQLFactory.schemaText());
        return schema.getTypes(ObjectTypeDefinition.class).stream()
                .filter(type -> !Set.of("Query", "Mutation", "Subscription").contains(type.getName()))
                .flatMap(type -> type.getFieldDefinitions().stream()
                        .filter(field -> isSecret(field) == secret)
                        .map(field -> type.getName() + "." + field.getName()))
                .toList();
    }

    private static boolean isSecret(FieldDefinition field) {
        return field.hasDirective("secret");
    }

    @Test
    void are_all_tokens_codes_and_keys() {
        assertThat(fields(true))
                .containsExactlyInAnyOrder(
                        "Session.accessToken",
                        "Session.refreshToken",
                        "TwoFactorChallenge.token",
                        "RegisterPayload.deviceToken",
                        "LoginPayload.deviceToken",
                        "VerifyTwoFactorPayload.deviceToken",
                        "TwoFactorEnrolment.secret",
                        "TwoFactorEnrolment.uri",
                        "TwoFactorEnrolment.qrCode",
                        "ConfirmTwoFactorPayload.recoveryCodes",
                        "RegenerateRecoveryCodesPayload.recoveryCodes",
                        "IssuePasswordResetPayload.token",
                        "CreateApiTokenPayload.token",
                        "InviteMemberPayload.code",
                        "InviteMemberPayload.link",
                        "BulkExport.url",
                        "CreateWebhookPayload.secret",
                        "RotateWebhookSecretPayload.secret");
    }

    @Test
    void leave_out_nothing_that_is_named_like_one() {
        assertThat(fields(false))
                .filteredOn(field -> NAMED_LIKE_ONE.matcher(field).matches())
                .isSubsetOf(NONE);
    }
}

package org.expirytracker.peers;

import java.net.URI;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Spring for GraphQL on MVC with virtual threads and JDBC. */
@SpringBootApplication
public class Peer {

    /** Serves until the process is ended; {@code DATABASE_URL} is where the product's database is. */
    public static void main(String[] arguments) {
        URI database = URI.create(System.getenv("DATABASE_URL"));
        String[] user = database.getUserInfo().split(":", 2);
        SpringApplication application = new SpringApplication(Peer.class);
        application.setDefaultProperties(Map.of(
                "spring.datasource.url",
                "jdbc:postgresql://" + database.getHost() + ":" + database.getPort() + database.getPath(),
                "spring.datasource.username",
                user[0],
                "spring.datasource.password",
                user[1]));
        application.run(arguments);
    }
}

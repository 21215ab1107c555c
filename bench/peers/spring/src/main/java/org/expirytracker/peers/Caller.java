package org.expirytracker.peers;

import java.time.LocalDate;
import java.util.UUID;

/** Who asks, and their today. */
record Caller(UUID userId, LocalDate today) {}

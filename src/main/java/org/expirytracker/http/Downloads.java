package org.expirytracker.http;

import org.expirytracker.exports.BulkExportFile;
import org.expirytracker.exports.ExportLinks;
import org.expirytracker.items.ItemExport;

/**
 * What this server gives away as files.
 *
 * @param items of an inventory
 * @param bulkExports that are completed
 * @param links by which these are asked for
 */
public record Downloads(ItemExport items, BulkExportFile bulkExports, ExportLinks links) {}

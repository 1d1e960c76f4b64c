package import DMARC

/// Reads the JSON columns of outcomes, as returned by ``StoredValue`` and ``SourceFlow``.
package enum StoredJSON {
  /// A `dkim_results` column.
  /// - Throws: `DecodingError` if the text is not such a column.
  package static func dkimResults(_ json: String) throws -> [DKIMResult] { try OutcomeColumns.dkim(json) }

  /// An `spf_results` column.
  /// - Throws: `DecodingError` if the text is not such a column.
  package static func spfResults(_ json: String) throws -> [SPFResult] { try OutcomeColumns.spf(json) }

  /// A `reasons` column.
  /// - Throws: `DecodingError` if the text is not such a column.
  package static func reasons(_ json: String) throws -> [OverrideReason] { try OutcomeColumns.reasons(json) }
}

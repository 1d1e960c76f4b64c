import Foundation

/// One case in the JSON input of `dmarcstat classify`: a record and what is known about its source.
package struct ClassifyCase: Decodable {
  /// The name of the case in the output.
  package var id: String?
  /// The record.
  package var record: CaseRecord
  /// What is known besides the record.
  package var context: CaseContext?
}

import Foundation
import Settings
import Store

extension DatabaseOptions {
  /// The database, for a command that can do without: nil if there is none, or if it cannot be opened, which is said.
  /// - Parameter isNeeded: whether the command cannot do without. A database that is named is always needed.
  /// - Throws: what opening it throws, if it is needed.
  func openIfThere(_ configuration: Configuration, isNeeded: Bool = false) throws -> ReportDatabase? {
    let isNeeded = isNeeded || database != nil
    guard let path = try? path(configuration) else {
      return isNeeded ? try openForReading(configuration) : nil
    }
    guard isNeeded || FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try openForReading(configuration) } catch let error as StoreError where !isNeeded {
      Terminal.complain("what reports say is left out: \(error.explanation)")
      return nil
    }
  }
}

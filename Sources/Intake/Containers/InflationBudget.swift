import DMARC

/// What one input may still inflate to, all its layers and members together.
final class InflationBudget {
  private let limits: Limits
  private let inputBytes: Int64
  private var inflated: Int64 = 0
  /// Whether a stream of this input has ended too early.
  private(set) var sawTruncation = false

  private var members = 0
  /// As many times the members of one archive may be in all archives of an input together.
  private static let archives = 10

  /// A budget for an input of so many bytes.
  init(_ limits: Limits, inputBytes: Int64) {
    self.limits = limits
    self.inputBytes = inputBytes
  }

  /// What was spent so far, to come back to where something is read a second time.
  var mark: Int64 { inflated }

  func reset(to mark: Int64) { inflated = min(inflated, mark) }

  /// Takes account of a member of an archive, or of one of several reports in a document.
  func countMember() throws(InputError) {
    members += 1
    let most = limits.members.multipliedReportingOverflow(by: Self.archives)
    guard !most.overflow, members > most.partialValue else { return }
    throw InputError.limit(
      .members, limits.members,
      "its archives have more than \(most.partialValue) members together (ten times the limit of one archive)")
  }

  /// A stream whose bytes are paid for.
  func metered(_ stream: ByteStream) -> ByteStream {
    ByteStream(hasTrailingBytes: stream.hasTrailingBytes) { buffer in
      do {
        let count = try stream.read(buffer)
        try self.spend(count)
        return count
      } catch let rejection as InputError {
        if rejection.code == .truncated { self.sawTruncation = true }
        throw rejection
      }
    }
  }

  private func spend(_ count: Int) throws(InputError) {
    inflated += Int64(count)
    if inflated > limits.inflatedBytes {
      throw InputError.limit(
        .inflatedBytes, limits.inflatedBytes, "it inflates to more than \(limits.inflatedBytes) bytes")
    }
    guard inflated > Limits.ratioGrace else { return }
    if inflated / max(1, inputBytes) > limits.ratio {
      throw InputError.limit(.ratio, limits.ratio, "it inflates to more than \(limits.ratio) times its size")
    }
  }
}

import Intake

/// An event for the writing thread. Inputs are identified by their numbers.
enum WriterEvent: Sendable {
  /// An input begins; its findings follow.
  case began(input: Int, PendingInput)
  /// A finding in an input.
  case found(input: Int, ReportEvent)
  /// An input ends; it has no more findings.
  case ended(input: Int)
  /// A request of another thread.
  case request(WriterRequest)
  /// The last event.
  case end
}

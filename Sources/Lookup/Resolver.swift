import CCares
package import DMARC
import Glibc

/// Why lookups are impossible.
package struct LookupError: Error, Sendable, CustomStringConvertible {
  /// The cause and the next step.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Queries name servers concurrently through c-ares: over UDP, and over TCP if an answer is truncated.
package final class Resolver {
  /// The maximum number of concurrent questions.
  private static let mostAtOnce = 100

  private var channel: ares_channel?

  /// Creates a resolver.
  /// - Parameters:
  ///   - servers: the name servers, separated by commas: `192.0.2.53` or `127.0.0.1:5353`. By default those of the system.
  ///   - timeout: seconds to wait for an answer.
  ///   - tries: how often a server is queried.
  /// - Throws: ``LookupError`` if c-ares cannot start or the address of a server is not valid.
  package init(servers: String? = nil, timeout: Double = 3, tries: Int = 3) throws(LookupError) {
    var status = ares_library_init(ARES_LIB_INIT_ALL)
    guard status == ARES_SUCCESS else { throw Self.failure("c-ares cannot start", status) }
    var options = ares_options()
    options.timeout = Int32(clampedRounding: timeout * 1000)
    options.tries = Int32(tries)
    status = ares_init_options(&channel, &options, Int32(ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES))
    guard status == ARES_SUCCESS else { throw Self.failure("the resolver cannot start", status) }
    if let servers {
      status = ares_set_servers_ports_csv(channel, servers)
      guard status == ARES_SUCCESS else {
        throw LookupError(
          "\"\(servers)\" is not a valid name server address: write 192.0.2.53, or 127.0.0.1:5353 with a port")
      }
    }
  }

  deinit {
    if let channel { ares_destroy(channel) }
    ares_library_cleanup()
  }

  private static func failure(_ what: String, _ status: Int32) -> LookupError {
    LookupError("\(what): \(String(cString: ares_strerror(status)))")
  }

  /// Answers questions concurrently.
  /// - Parameter deadline: when to stop, in monotonic seconds (``now``). Questions not answered by then are missing in the result.
  package func answers(to questions: [DNSQuestion], until deadline: Double) -> [DNSQuestion: DNSAnswer] {
    let batch = Batch()
    var waiting = questions[...]
    while Self.now < deadline {
      while batch.underWay < Self.mostAtOnce, let question = waiting.popFirst() { ask(question, batch) }
      guard batch.underWay > 0 else { break }
      wait(until: deadline)
    }
    if batch.underWay > 0 { ares_cancel(channel) }
    return batch.answers
  }

  /// The current time of the monotonic clock, in seconds.
  package static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The answers received so far, and the number of pending ones.
  private final class Batch {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    var underWay = 0
  }

  private final class Pending {
    let batch: Batch
    let question: DNSQuestion

    init(_ batch: Batch, _ question: DNSQuestion) {
      self.batch = batch
      self.question = question
    }
  }

  private func ask(_ question: DNSQuestion, _ batch: Batch) {
    batch.underWay += 1
    let pending = Unmanaged.passRetained(Pending(batch, question))
    ares_query(
      channel, question.name, 1, Int32(DNSMessage.number(of: question.type)),
      { context, status, _, bytes, count in
        guard let context else { return }
        let pending = Unmanaged<Pending>.fromOpaque(context).takeRetainedValue()
        pending.batch.underWay -= 1
        // A cancelled question has no answer and is asked again next time.
        if status == ARES_ECANCELLED || status == ARES_EDESTRUCTION { return }
        pending.batch.answers[pending.question] = Resolver.answer(
          pending.question, status, UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      }, pending.toOpaque())
  }

  private static func answer(_ question: DNSQuestion, _ status: Int32, _ bytes: UnsafeRawBufferPointer) -> DNSAnswer {
    switch status {
    case ARES_SUCCESS: DNSMessage.answer(question, in: bytes) ?? DNSAnswer(.failure)
    case ARES_ENODATA: DNSAnswer(.noRecords, ttl: DNSMessage.negativeTTL)
    case ARES_ENOTFOUND, ARES_EBADNAME: DNSAnswer(.noName, ttl: DNSMessage.negativeTTL)
    default: DNSAnswer(.failure)
    }
  }

  private func wait(until deadline: Double) {
    var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
    let mask = UInt32(bitPattern: ares_getsock(channel, &sockets, Int32(sockets.count)))
    var polls: [pollfd] = []
    for (index, socket) in sockets.enumerated() {
      let isRead = mask & (1 << UInt32(index)) != 0
      let isWrite = mask & (1 << UInt32(index + sockets.count)) != 0
      guard isRead || isWrite else { continue }
      polls.append(pollfd(fd: socket, events: Int16((isRead ? POLLIN : 0) | (isWrite ? POLLOUT : 0)), revents: 0))
    }
    var most = timeval(tv_sec: 1, tv_usec: 0)
    var time = timeval()
    let chosen = ares_timeout(channel, &most, &time)?.pointee ?? most
    let milliseconds = min(Double(chosen.tv_sec) * 1000 + Double(chosen.tv_usec) / 1000, (deadline - Self.now) * 1000)
    let count = poll(&polls, UInt(polls.count), Int32(clampedRounding: max(1, milliseconds)))
    guard count > 0 else {
      ares_process_fd(channel, Self.noSocket, Self.noSocket)
      return
    }
    for entry in polls where entry.revents != 0 {
      let isWritable = entry.revents & Int16(POLLOUT) != 0
      let isReadable = entry.revents & Int16(POLLIN | POLLERR | POLLHUP) != 0
      ares_process_fd(channel, isReadable ? entry.fd : Self.noSocket, isWritable ? entry.fd : Self.noSocket)
    }
  }

  private static let noSocket: ares_socket_t = -1
}

import NIOCore
import NIOPosix
import Synchronization

/// An IMAP server in this process, on loopback, that keeps mailboxes. It can end a connection at any command, before or after it has
/// carried it out. Everybody is taken for logged in.
package final class MailboxServer: Sendable {
  /// Where a connection ends.
  package enum Cut: Sendable, Hashable {
    /// The command of this number, from 0, is not carried out.
    case before(Int)
    /// The command of this number is carried out, but not answered.
    case after(Int)
  }

  private let mail: Mail
  private let listener: any Channel

  /// - Parameters:
  ///   - capabilities: besides IMAP4rev1.
  ///   - mailboxes: contents of messages, by the names of mailboxes.
  package init(capabilities: String, _ mailboxes: [String: [String]]) throws {
    let mail = Mail(StoredMailboxes(capabilities: capabilities, mailboxes))
    self.mail = mail
    listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Connection(mail)) }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
  }

  deinit { listener.close(promise: nil) }

  /// Its port on 127.0.0.1.
  package var port: Int { listener.localAddress?.port ?? 0 }

  /// The contents of a mailbox, except messages that are marked as deleted.
  package func contents(of mailbox: String) -> [String] {
    mail.state.withLock { $0.mailboxes[mailbox].filter { !$0.flags.contains("\\Deleted") }.map(\.content) }
  }

  /// The contents of a mailbox that have a flag.
  package func contents(of mailbox: String, with flag: String) -> [String] {
    mail.state.withLock { $0.mailboxes[mailbox].filter { $0.flags.contains(flag) }.map(\.content) }
  }

  /// Commands since ``begin(cut:)``, without tags.
  package var commands: [String] { mail.state.withLock { $0.commands } }

  /// Whether a connection was ended since ``begin(cut:)``.
  package var isCut: Bool { mail.state.withLock { $0.isCut } }

  /// Counts commands from 0 from now on.
  package func begin(cut: Cut? = nil) {
    mail.state.withLock { ($0.cut, $0.isCut, $0.commands) = (cut, false, []) }
  }
}

/// What all connections share.
private final class Mail: Sendable {
  struct State {
    var mailboxes: StoredMailboxes
    var commands: [String] = []
    var cut: MailboxServer.Cut?
    var isCut = false
  }

  let state: Mutex<State>

  init(_ mailboxes: StoredMailboxes) { state = Mutex(State(mailboxes: mailboxes)) }

  var greeting: String {
    state.withLock { "* PREAUTH [CAPABILITY IMAP4rev1 \($0.mailboxes.capabilities)] welcome\r\n" }
  }

  /// - Returns: nil if the connection is to end.
  func answer(_ line: String, _ selected: inout String?) -> String? {
    state.withLock { state in
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2, !state.isCut else { return nil }
      let number = state.commands.count
      state.commands.append(parts[1])
      state.isCut = state.cut == .before(number)
      guard !state.isCut else { return nil }
      let answer = state.mailboxes.answer(parts[1], &selected)
      state.isCut = state.cut == .after(number)
      return state.isCut ? nil : answer.replacing("$", with: parts[0])
    }
  }
}

/// One connection.
private final class Connection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let mail: Mail
  private var pending = ""
  private var selected: String?

  init(_ mail: Mail) { self.mail = mail }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(NIOAny(ByteBuffer(string: mail.greeting)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    pending += String(buffer: unwrapInboundIn(data))
    while let end = pending.firstIndex(of: "\r\n") {
      let line = String(pending[..<end])
      pending = String(pending[pending.index(after: end)...])
      guard let answer = mail.answer(line, &selected) else { return context.close(promise: nil) }
      context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

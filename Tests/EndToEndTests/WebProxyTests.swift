import Foundation
import Testing

/// Requests of recipients, with a proxy in the environment.
@Suite struct WebProxyTests {
  /// Answers as a web service and as a proxy, which says that it is connected and closes the connection. Runs a program with its port in
  /// place of `PORT`, and prints what was asked for, a line each, and the status of the program.
  private static let receiver = """
    import json, subprocess, sys, threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    requests = []
    class Receiver(BaseHTTPRequestHandler):
        def log_message(self, *arguments): pass
        def do_CONNECT(self):
            requests.append("CONNECT " + self.path)
            self.wfile.write(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
        def do_POST(self):
            requests.append("POST " + self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = json.loads(sys.argv[1].replace("PORT", str(server.server_port)))
    status = subprocess.run(sys.argv[2:], env=environment, stdout=subprocess.DEVNULL).returncode
    print("\\n".join(requests + [str(status)]))
    """

  /// What a receiver, which is also the proxy, is asked for by a test of a recipient with this URL.
  private func asked(_ url: String, proxy: String) throws -> String {
    let program = try Program()
    let config = try program.write(
      "config.yaml", "notify: {timeout: 20, recipients: [{webhook: {url_env: HOOK}}]}\n")
    let environment = [
      "HOME": program.folder, "PATH": "/usr/bin:/bin", "DMARCSTAT_DATABASE": program.database, "HOOK": url,
      proxy: "http://127.0.0.1:PORT",
    ]
    let json = String(decoding: try JSONEncoder().encode(environment), as: UTF8.self)
      .replacing("\\/", with: "/")
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    return try program.python(Self.receiver, [json, Program.binary, "alert", "--test", "--config", config]).output
  }

  /// A proxy is another machine, and would get the URL and the token in plain text.
  @Test func loopbackNeedsNoProxy() throws {
    #expect(try asked("http://127.0.0.1:PORT/token", proxy: "http_proxy") == "POST /token\n0\n")
  }

  /// What a proxy answers is no answer of the web service.
  @Test func theAnswerOfAProxyIsNoDelivery() throws {
    let output = try asked("https://hooks.example.com/x", proxy: "https_proxy")
    #expect(output.hasPrefix("CONNECT hooks.example.com:443\n") && !output.hasSuffix("\n0\n"), "\(output)")
  }
}

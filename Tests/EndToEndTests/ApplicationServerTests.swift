import Foundation
import Testing

/// PHP-FPM and Tomcat, from Debian's packages, behind one TLS port.
@Suite(.serialized) struct ApplicationServerTests {
  @Test(.enabled(if: Binaries.phpFPM != nil))
  func `php-fpm answers GET, POST and a 2 MB upload`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let fpm = try FreePorts.take()
    try prefix.write(
      "<?php echo $_SERVER['REQUEST_METHOD'], '|', $_SERVER['QUERY_STRING'], '|', "
        + "$_POST['a'] ?? '', '|', isset($_FILES['f']) ? md5_file($_FILES['f']['tmp_name']) : '';",
      to: "html/test.php")
    try prefix.write(
      """
      [global]
      pid = \(prefix.path)/fpm.pid
      error_log = \(prefix.path)/fpm.log
      [www]
      listen = 127.0.0.1:\(fpm)
      pm = static
      pm.max_children = 2
      user = root
      group = root
      php_value[upload_max_filesize] = 8M
      php_value[post_max_size] = 8M

      """, to: "fpm.conf")
    let server = try Program(
      [try #require(Binaries.phpFPM), "-F", "-R", "-n", "-y", "\(prefix.path)/fpm.conf"],
      output: "\(prefix.path)/fpm.output")
    try server.waitForFile("fpm.pid", in: prefix.path)
    try writeParameters(in: prefix)
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix,
      """
      client_max_body_size 10m;
      location ~ .php$ {
        root html;
        fastcgi_pass 127.0.0.1:\(fpm);
        fastcgi_index index.php;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        include fastcgi_params;
      }
      """)
    let page = "https://localhost:\(port)/test.php"
    try prefix.write(String(repeating: "0123456789abcdef", count: 131_072), to: "upload")
    let sum = try run(["md5sum", "\(prefix.path)/upload"]).output.prefix(32)
    #expect(try curl(prefix, "\(page)?x=1") == "GET|x=1||")
    #expect(try curl(prefix, "-d", "a=content", page) == "POST||content|")
    #expect(try curl(prefix, "-F", "f=@\(prefix.path)/upload", page) == "POST|||\(sum)")
    proxy.stop()
  }

  @Test(.enabled(if: Binaries.tomcatHome != nil && Binaries.python != nil))
  func `Tomcat answers with its pages and its WebSocket example`() throws {
    let home = try #require(Binaries.tomcatHome)
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let origin = try FreePorts.take()
    try prefix.write(
      """
      <Server port="-1"><Service name="Catalina">
      <Connector port="\(origin)" address="127.0.0.1" protocol="HTTP/1.1"/>
      <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps">
      <Context path="/examples" docBase="/usr/share/tomcat10-examples/examples"/>
      </Host></Engine></Service></Server>
      """, to: "conf/server.xml")
    let web = try String(contentsOfFile: "\(home)/etc/web.xml", encoding: .utf8)
    try prefix.write(web, to: "conf/web.xml")
    for folder in ["logs", "temp", "work", "webapps"] {
      try prefix.write("", to: "\(folder)/.keep")
    }
    let server = try Program(
      ["\(home)/bin/catalina.sh", "run"], output: "\(prefix.path)/tomcat.output",
      environment: ["CATALINA_HOME": home, "CATALINA_BASE": prefix.path])
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix,
      webSocketLocation("/examples/websocket", origin: origin)
        + "\nlocation / { proxy_pass http://127.0.0.1:\(origin); "
        + "proxy_set_header Host $http_host; }"
    )
    let ready = try run(
      [
        "curl", "-sS", "--noproxy", "*", "--retry", "60", "--retry-connrefused", "--retry-delay",
        "1", "-o", "/dev/null", "http://127.0.0.1:\(origin)/examples/",
      ], within: 90)
    #expect(ready.code == 0, "\(ready.output) \(prefix.read("tomcat.output"))")
    let example = "/examples/servlets/servlet/RequestInfoExample"
    let page = try curl(
      prefix, "https://localhost:\(port)" + example)
    #expect(page.contains(example))
    let echo = try run([
      try #require(Binaries.python), Binaries.peer("websocket.py"), "-", "\(port)",
      "\(prefix.path)/cert.pem", "echo", "/examples/websocket/echoProgrammatic",
    ])
    #expect(echo.output == "hello\n")
    proxy.stop()
    server.send(SIGTERM)
  }

  private func curl(_ prefix: TemporaryFolder, _ arguments: String...) throws -> String {
    let fixed = ["curl", "-sS", "--noproxy", "*", "--cacert", "\(prefix.path)/cert.pem"]
    return try run(fixed + arguments).output
  }

  /// The parameters of CGI 1.1 that PHP asks for, as the default prefix ships them.
  private func writeParameters(in prefix: TemporaryFolder) throws {
    let parameters = [
      "QUERY_STRING": "$query_string", "REQUEST_METHOD": "$request_method",
      "CONTENT_TYPE": "$content_type", "CONTENT_LENGTH": "$content_length",
      "SCRIPT_NAME": "$fastcgi_script_name", "REQUEST_URI": "$request_uri",
      "DOCUMENT_URI": "$document_uri", "DOCUMENT_ROOT": "$document_root",
      "SERVER_PROTOCOL": "$server_protocol", "GATEWAY_INTERFACE": "CGI/1.1",
      "REMOTE_ADDR": "$remote_addr", "SERVER_NAME": "$server_name",
    ]
    let lines = parameters.map { "fastcgi_param \($0) \($1);\n" }.sorted()
    try prefix.write(lines.joined(), to: "fastcgi_params")
  }
}

import Bytes

/// The files that configurations include by habit, for installations that have none.
///
/// An `include` of one of these names, without a folder, takes the text from here where no such
/// file is beside the configuration; nginx would refuse the configuration. The option `-T` shows
/// the text like that of any other file. The same files stand in `examples-conf` of the package.
enum ShippedFiles {
  /// The text of a file by its bare name; nil where no such file is shipped.
  static func text(of name: String) -> ByteString? {
    switch name {
    case "fastcgi.conf": ByteString(fastCGI)
    case "fastcgi_params": ByteString(fastCGIParameters)
    case "mime.types": ByteString(mediaTypes)
    case "proxy_params": ByteString(proxyParameters)
    default: nil
    }
  }

  private static let fastCGI = """
    # fastcgi_params with the script's file below the root, as php-fpm wants it.
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_param GATEWAY_INTERFACE CGI/1.1;
    fastcgi_param SERVER_SOFTWARE nginx/$nginx_version;
    fastcgi_param SERVER_PROTOCOL $server_protocol;
    fastcgi_param SERVER_NAME $server_name;
    fastcgi_param SERVER_ADDR $server_addr;
    fastcgi_param SERVER_PORT $server_port;
    fastcgi_param REMOTE_ADDR $remote_addr;
    fastcgi_param REMOTE_PORT $remote_port;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param REQUEST_SCHEME $scheme;
    fastcgi_param HTTPS $https if_not_empty;
    fastcgi_param REQUEST_URI $request_uri;
    fastcgi_param DOCUMENT_URI $document_uri;
    fastcgi_param DOCUMENT_ROOT $document_root;
    fastcgi_param SCRIPT_NAME $fastcgi_script_name;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;

    # PHP as CGI refuses requests without it.
    fastcgi_param REDIRECT_STATUS 200;

    """

  private static let fastCGIParameters = """
    # What CGI/1.1 (RFC 3875, section 4.1) tells an application; SCRIPT_FILENAME is yours to set.
    fastcgi_param GATEWAY_INTERFACE CGI/1.1;
    fastcgi_param SERVER_SOFTWARE nginx/$nginx_version;
    fastcgi_param SERVER_PROTOCOL $server_protocol;
    fastcgi_param SERVER_NAME $server_name;
    fastcgi_param SERVER_ADDR $server_addr;
    fastcgi_param SERVER_PORT $server_port;
    fastcgi_param REMOTE_ADDR $remote_addr;
    fastcgi_param REMOTE_PORT $remote_port;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param REQUEST_SCHEME $scheme;
    fastcgi_param HTTPS $https if_not_empty;
    fastcgi_param REQUEST_URI $request_uri;
    fastcgi_param DOCUMENT_URI $document_uri;
    fastcgi_param DOCUMENT_ROOT $document_root;
    fastcgi_param SCRIPT_NAME $fastcgi_script_name;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;

    # PHP as CGI refuses requests without it.
    fastcgi_param REDIRECT_STATUS 200;

    """

  private static let mediaTypes = """
    # Media types by file extension: include this in http, and set default_type for the rest.
    types {
        application/atom+xml atom;
        application/java-archive ear jar war;
        application/javascript js;
        application/json json;
        application/mac-binhex40 hqx;
        application/msword doc;
        application/octet-stream bin deb dll dmg exe img iso msi msm msp;
        application/pdf pdf;
        application/postscript ai eps ps;
        application/rss+xml rss;
        application/rtf rtf;
        application/vnd.apple.mpegurl m3u8;
        application/vnd.google-earth.kml+xml kml;
        application/vnd.google-earth.kmz kmz;
        application/vnd.ms-excel xls;
        application/vnd.ms-fontobject eot;
        application/vnd.ms-powerpoint ppt;
        application/vnd.oasis.opendocument.graphics odg;
        application/vnd.oasis.opendocument.presentation odp;
        application/vnd.oasis.opendocument.spreadsheet ods;
        application/vnd.oasis.opendocument.text odt;
        application/vnd.openxmlformats-officedocument.presentationml.presentation pptx;
        application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx;
        application/vnd.openxmlformats-officedocument.wordprocessingml.document docx;
        application/vnd.wap.wmlc wmlc;
        application/wasm wasm;
        application/x-7z-compressed 7z;
        application/x-cocoa cco;
        application/x-java-archive-diff jardiff;
        application/x-java-jnlp-file jnlp;
        application/x-makeself run;
        application/x-perl pl pm;
        application/x-pilot pdb prc;
        application/x-rar-compressed rar;
        application/x-redhat-package-manager rpm;
        application/x-sea sea;
        application/x-shockwave-flash swf;
        application/x-stuffit sit;
        application/x-tcl tcl tk;
        application/x-x509-ca-cert crt der pem;
        application/x-xpinstall xpi;
        application/xhtml+xml xhtml;
        application/xspf+xml xspf;
        application/zip zip;
        audio/midi kar mid midi;
        audio/mpeg mp3;
        audio/ogg ogg;
        audio/x-m4a m4a;
        audio/x-realaudio ra;
        font/woff woff;
        font/woff2 woff2;
        image/avif avif;
        image/gif gif;
        image/jpeg jpeg jpg;
        image/png png;
        image/svg+xml svg svgz;
        image/tiff tif tiff;
        image/vnd.wap.wbmp wbmp;
        image/webp webp;
        image/x-icon ico;
        image/x-jng jng;
        image/x-ms-bmp bmp;
        text/css css;
        text/html htm html shtml;
        text/mathml mml;
        text/plain txt;
        text/vnd.sun.j2me.app-descriptor jad;
        text/vnd.wap.wml wml;
        text/x-component htc;
        text/xml xml;
        video/3gpp 3gp 3gpp;
        video/mp2t ts;
        video/mp4 mp4;
        video/mpeg mpeg mpg;
        video/quicktime mov;
        video/webm webm;
        video/x-flv flv;
        video/x-m4v m4v;
        video/x-mng mng;
        video/x-ms-asf asf asx;
        video/x-ms-wmv wmv;
        video/x-msvideo avi;
    }

    """

  private static let proxyParameters = """
    # Tells an upstream server who asked, and for which site.
    proxy_set_header Host $host$is_request_port$request_port;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;

    """
}

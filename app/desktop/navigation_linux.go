//go:build (desktop || dev) && !bindings

package desktop

/*
#cgo linux pkg-config: gtk+-3.0
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1

#include <string.h>
#include <glib.h>
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

// own_page accepts the page's own origin and nothing that only begins like it.
static gboolean own_page(const char *uri) {
    return uri != NULL && strncmp(uri, "wails://wails/", strlen("wails://wails/")) == 0;
}

static gboolean on_decide_policy(WebKitWebView *view, WebKitPolicyDecision *decision, WebKitPolicyDecisionType type, gpointer data) {
    if (type == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION) {
        webkit_policy_decision_ignore(decision);
        return TRUE;
    }
    if (type == WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION) {
        WebKitNavigationAction *action =
            webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(decision));
        WebKitURIRequest *request = webkit_navigation_action_get_request(action);
        if (!own_page(webkit_uri_request_get_uri(request))) {
            webkit_policy_decision_ignore(decision);
            return TRUE;
        }
    }
    return FALSE;
}

// A microphone, which the page asks for to dictate, and nothing else.
static gboolean is_for_speech(WebKitPermissionRequest *request) {
    if (!WEBKIT_IS_USER_MEDIA_PERMISSION_REQUEST(request)) {
        return FALSE;
    }
    WebKitUserMediaPermissionRequest *media = WEBKIT_USER_MEDIA_PERMISSION_REQUEST(request);
    return webkit_user_media_permission_is_for_audio_device(media) && !webkit_user_media_permission_is_for_video_device(media);
}

static gboolean on_permission(WebKitWebView *view, WebKitPermissionRequest *request, gpointer data) {
    if (is_for_speech(request)) {
        webkit_permission_request_allow(request);
    } else {
        webkit_permission_request_deny(request);
    }
    return TRUE;
}

static void give_microphone(WebKitWebView *view) {
    WebKitSettings *settings = webkit_web_view_get_settings(view);
    webkit_settings_set_enable_media_stream(settings, TRUE);
    // Displays of tests have no microphone; WebKit brings one that hums.
    if (g_getenv("KONTOR_HUMMING_MICROPHONE") != NULL) {
        webkit_settings_set_enable_mock_capture_devices(settings, TRUE);
    }
}

static void guard_view(GtkWidget *widget, gpointer data) {
    if (WEBKIT_IS_WEB_VIEW(widget)) {
        g_signal_connect(widget, "decide-policy", G_CALLBACK(on_decide_policy), NULL);
        g_signal_connect(widget, "permission-request", G_CALLBACK(on_permission), NULL);
        give_microphone(WEBKIT_WEB_VIEW(widget));
        return;
    }
    if (GTK_IS_CONTAINER(widget)) {
        gtk_container_forall(GTK_CONTAINER(widget), guard_view, data);
    }
}

static GMutex guard_mutex;
static GCond guard_changed;
static gboolean guarded = FALSE;

static gboolean guard_views(gpointer data) {
    const gchar *languages[] = {"de_DE", "en_US", NULL};
    WebKitWebContext *context = webkit_web_context_get_default();
    webkit_web_context_set_spell_checking_languages(context, languages);
    webkit_web_context_set_spell_checking_enabled(context, TRUE);
    GList *windows = gtk_window_list_toplevels();
    for (GList *w = windows; w != NULL; w = w->next) {
        guard_view(GTK_WIDGET(w->data), NULL);
    }
    g_list_free(windows);
    g_mutex_lock(&guard_mutex);
    guarded = TRUE;
    g_cond_signal(&guard_changed);
    g_mutex_unlock(&guard_mutex);
    return G_SOURCE_REMOVE;
}

// guard_now waits for the event loop, which another thread runs, but not for
// ever: a loop that ends runs nothing any more.
static gboolean guard_now(void) {
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    g_idle_add_full(G_PRIORITY_HIGH, guard_views, NULL, NULL);
    g_mutex_lock(&guard_mutex);
    while (!guarded && g_cond_wait_until(&guard_changed, &guard_mutex, until)) {
    }
    gboolean done = guarded;
    g_mutex_unlock(&guard_mutex);
    return done;
}
*/
import "C"

// guardView keeps the web view on the page: WebKit asks before it goes
// anywhere, opens a window or grants a permission, and Wails on Linux does not
// answer. It lets the page have a microphone, and turns on spell checking for
// the languages of Kontor, which uses the dictionaries the system has. It
// reports whether all that is so; it must not be called by the event loop, and
// before the page is delivered: a page that is there does not learn of a
// microphone any more.
func guardView() bool { return C.guard_now() != 0 }

//go:build (desktop || dev) && !bindings

package desktop

/*
#cgo linux pkg-config: gtk+-3.0
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1

#include <string.h>
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

static gboolean on_permission(WebKitWebView *view, WebKitPermissionRequest *request, gpointer data) {
    webkit_permission_request_deny(request);
    return TRUE;
}

static void guard_view(GtkWidget *widget, gpointer data) {
    if (WEBKIT_IS_WEB_VIEW(widget)) {
        g_signal_connect(widget, "decide-policy", G_CALLBACK(on_decide_policy), NULL);
        g_signal_connect(widget, "permission-request", G_CALLBACK(on_permission), NULL);
        return;
    }
    if (GTK_IS_CONTAINER(widget)) {
        gtk_container_forall(GTK_CONTAINER(widget), guard_view, data);
    }
}

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
    return G_SOURCE_REMOVE;
}

static void guard_soon(void) { g_idle_add(guard_views, NULL); }
*/
import "C"

// guardNavigation keeps the web view on the page: WebKit asks before it goes
// anywhere, opens a window or grants a permission, and Wails on Linux does not
// answer. It also turns on spell checking for the languages of Kontor, which
// uses the dictionaries the system has.
func guardNavigation() { C.guard_soon() }
